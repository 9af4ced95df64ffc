// TensorFlow Serving's REST interface and KServe V1: the same paths, the union of the bodies.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { parseJson, unpack } from '../body.ts';
import { HttpProblem, schemaProblem } from '../problem.ts';
import { bodyOf, headerOf, notFound, openScope, refuseWhenFull, type ProtocolDependencies } from '../scope.ts';
import { findServable, type ServablePath } from './find-model.ts';
import { predictItems, readInstances } from './predict.ts';
import { classifyRequest, classifyResponse, predictRequest, predictResponse } from './schemas.ts';
import { registerStatus } from './status-routes.ts';
import { errorBody } from '../v2/schemas.ts';

/** 64 tensors as the wordiest JSON are 1.6 MB; the rest is for pictures. */
const LIMIT_BYTES = 4 * 1024 * 1024;

const tags = ['TensorFlow Serving, KServe V1'];
const errors = { 400: errorBody, 404: errorBody, 413: errorBody, 415: errorBody, 503: errorBody };

// A colon ends the name, so that `digits:predict` is a model and a verb.
const MODEL = ':model(^[^:/]+)';
/** The three ways to name a version; the first is the current one. */
const PATHS = [
  [`/models/${MODEL}`, z.object({ model: z.string() })],
  [`/models/${MODEL}/versions/:version(^[^:/]+)`, z.object({ model: z.string(), version: z.string() })],
  [`/models/${MODEL}/labels/:label(^[^:/]+)`, z.object({ model: z.string(), label: z.string() })],
] as const;

/** Registers everything under `/v1` but `/v1/predict`. */
export async function registerV1(app: FastifyInstance, dependencies: ProtocolDependencies): Promise<void> {
  await app.register(
    async (scope) => {
      openScope(scope, { protocol: 'v1', dependencies, bodyLimitBytes: LIMIT_BYTES });
      scope.setNotFoundHandler(notFound);
      registerStatus(scope, dependencies);
      for (const [path, params] of PATHS) {
        registerPredict(scope, { path, params, dependencies });
        registerClassify(scope, { path, params, dependencies });
      }
    },
    { prefix: '/v1' },
  );
}

interface Registration {
  path: string;
  params: z.ZodType<ServablePath>;
  dependencies: ProtocolDependencies;
}

function registerPredict(app: FastifyInstance, { path, params, dependencies }: Registration): void {
  const { manager, pool, admission } = dependencies;
  app.withTypeProvider<ZodTypeProvider>().post(
    `${path}::predict`,
    {
      onRequest: refuseWhenFull(admission),
      schema: {
        tags,
        summary: 'Probabilities of tensors or pictures',
        description:
          'A tensor is a network input, [32, 32, 1] or [32, 32] in [0, 1]. A picture {"b64"} (PNG, JPEG, WebP) is taken as ' +
          'one digit: the whole of it goes through the model’s preprocessing.',
        params,
        body: predictRequest,
        response: { 200: predictResponse, ...errors },
      },
    },
    (request) =>
      admission.run(async () => {
        const model = findServable(manager, request.params);
        const { instances, inputs } = await read(predictRequest, request);
        if ((instances === undefined) === (inputs === undefined))
          throw new HttpProblem('bad-request', 'expected either instances or inputs');
        const listed = instances ?? (Array.isArray(inputs) ? inputs : inputs!.image);
        const rows = await predictItems(pool, model, readInstances(listed));
        return instances === undefined ? { outputs: rows } : { predictions: rows };
      }),
  );
}

function registerClassify(app: FastifyInstance, { path, params, dependencies }: Registration): void {
  const { manager, pool, admission } = dependencies;
  app.withTypeProvider<ZodTypeProvider>().post(
    `${path}::classify`,
    {
      onRequest: refuseWhenFull(admission),
      schema: {
        tags,
        summary: 'Labels with probabilities, the likeliest first',
        params,
        body: classifyRequest,
        response: { 200: classifyResponse, ...errors },
      },
    },
    (request) =>
      admission.run(async () => {
        const model = findServable(manager, request.params);
        const { examples } = await read(classifyRequest, request);
        const rows = await predictItems(pool, model, readInstances(examples));
        return { results: rows.map((row) => ranked(row, model.classes)) };
      }),
  );
}

const ranked = (row: readonly number[], classes: readonly string[]): [string, number][] =>
  classes.map((label, index): [string, number] => [label, row[index]!]).sort(([, a], [, b]) => b - a);

async function read<T>(schema: z.ZodType<T>, request: FastifyRequest): Promise<T> {
  const body = await unpack(bodyOf(request), headerOf(request, 'content-encoding'), LIMIT_BYTES);
  const parsed = schema.safeParse(parseJson(body));
  if (!parsed.success) throw schemaProblem(parsed.error);
  return parsed.data;
}
