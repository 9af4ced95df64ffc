// Open Inference Protocol (KServe V2) with Triton's extensions.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound, openScope, refuseWhenFull, type ProtocolDependencies } from '../scope.ts';
import { infer, INFER_LIMIT_BYTES, type InferDependencies } from './infer.ts';
import { registerModelRoutes } from './model-routes.ts';
import { registerRepositoryRoutes } from './repository-routes.ts';
import { errorBody, inferRequest, inferResponse, serverMetadata } from './schemas.ts';
import { createSequences } from './sequences.ts';
import { createStatistics } from './statistics.ts';

const EXTENSIONS = ['classification', 'binary_tensor_data', 'sequence', 'model_repository', 'statistics'];
const tags = ['Open Inference Protocol V2'];

/** Registers everything under `/v2`. */
export async function registerV2(app: FastifyInstance, dependencies: ProtocolDependencies): Promise<void> {
  await app.register(
    async (scope) => {
      openScope(scope, { protocol: 'v2', dependencies, bodyLimitBytes: INFER_LIMIT_BYTES });
      scope.setNotFoundHandler(notFound);
      const inner: InferDependencies = {
        ...dependencies,
        sequences: createSequences(),
        statistics: createStatistics(),
      };
      registerHealth(scope, dependencies);
      registerModelRoutes(scope, inner);
      registerRepositoryRoutes(scope, dependencies);
      registerInfer(scope, inner);
    },
    { prefix: '/v2' },
  );
}

function registerHealth(app: FastifyInstance, dependencies: ProtocolDependencies): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get('/', { schema: { tags, summary: 'Server metadata', response: { 200: serverMetadata } } }, () => ({
    name: 'digitflow',
    version: dependencies.version,
    extensions: EXTENSIONS,
  }));
  routes.get(
    '/health/live',
    { schema: { tags, summary: 'The process answers', response: { 200: z.object({ live: z.boolean() }) } } },
    () => ({ live: true }),
  );
  const store = z
    .object({ ok: z.boolean(), sinceSeconds: z.number().optional() })
    .optional()
    .describe('whether the store answers: while it does not, the loaded model serves on');
  const ready = z.object({ ready: z.literal(true), live: z.boolean(), store });
  const notReady = z.object({ ready: z.literal(false), error: z.string(), store });
  routes.get(
    '/health/ready',
    { schema: { tags, summary: 'A model answers', response: { 200: ready, 503: notReady } } },
    (_request, reply) => {
      const told = dependencies.storeHealth?.();
      const store = told && { store: told };
      if (dependencies.isReady()) return { ready: true as const, live: true, ...store };
      reply.code(503).header('retry-after', '1');
      return { ready: false as const, error: 'no model is loaded, or this worker is stopping', ...store };
    },
  );
}

function registerInfer(app: FastifyInstance, dependencies: InferDependencies): void {
  const response = { 200: inferResponse, 400: errorBody, 404: errorBody, 413: errorBody, 503: errorBody };
  const schema = {
    tags,
    summary: 'Probabilities of network inputs',
    description:
      'JSON, or JSON followed by raw little-endian tensors with the header Inference-Header-Content-Length. ' +
      'The output is raw where binary_data_output or the output’s binary_data asks for it.',
    body: inferRequest,
    response,
  };
  const params = z.object({ model: z.string() });
  const onRequest = refuseWhenFull(dependencies.admission);
  app.post<{ Params: { model: string } }>(
    '/models/:model/infer',
    { onRequest, schema: { ...schema, params } },
    (request, reply) => infer(request.params, request, reply, dependencies),
  );
  app.post<{ Params: { model: string; version: string } }>(
    '/models/:model/versions/:version/infer',
    { onRequest, schema: { ...schema, params: params.extend({ version: z.string() }) } },
    (request, reply) => infer(request.params, request, reply, dependencies),
  );
}
