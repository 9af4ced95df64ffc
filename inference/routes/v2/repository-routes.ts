// Triton's model_repository extension: what this worker holds, and the word that there may be something newer.

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readAliases } from '../../../artifacts/registry.ts';
import { parseJson, unpack } from '../body.ts';
import { HttpProblem, quoted, schemaProblem } from '../problem.ts';
import { bodyOf, headerOf, type ProtocolDependencies } from '../scope.ts';
import { checkModelName, servedModel, stateOf } from '../served-models.ts';
import { errorBody, modelIndex } from './schemas.ts';

const LIMIT_BYTES = 64 * 1024;
const tags = ['Open Inference Protocol V2'];
const indexRequest = z.object({ ready: z.boolean().nullish() });
const loadRequest = z.object({ parameters: z.record(z.string(), z.unknown()).nullish() });

export function registerRepositoryRoutes(app: FastifyInstance, dependencies: ProtocolDependencies): void {
  const { manager } = dependencies;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    '/repository/index',
    {
      schema: {
        tags,
        summary: 'Versions this worker has, loads or failed to load',
        body: indexRequest,
        response: { 200: modelIndex },
      },
    },
    async (request) => {
      const parsed = indexRequest.safeParse(await jsonOf(request));
      if (!parsed.success) throw schemaProblem(parsed.error);
      const states = manager
        .states()
        .map(({ name, version, state, reason }) => ({ name, version: String(version), state, reason }));
      return parsed.data.ready === true ? states.filter(({ state }) => state === 'READY') : states;
    },
  );
  const params = z.object({ model: z.string() });
  const loaded = z.object({ name: z.string(), version: z.string(), digest: z.string() });
  routes.post(
    '/repository/models/:model/load',
    {
      schema: {
        tags,
        summary: 'Looks at the alias now; answers when what it means is loaded or has failed',
        params,
        body: loadRequest,
        response: { 200: loaded, 400: errorBody, 404: errorBody, 503: errorBody },
      },
    },
    async (request) => {
      const { model } = request.params;
      checkModelName(manager, model);
      const parsed = loadRequest.safeParse(await jsonOf(request));
      if (!parsed.success) throw schemaProblem(parsed.error);
      if (Object.keys(parsed.data.parameters ?? {}).length > 0)
        throw new HttpProblem('bad-request', 'parameters: expected none: models come from the registry, signed');
      return load(dependencies, model);
    },
  );
  routes.post(
    '/repository/models/:model/unload',
    { schema: { tags, summary: 'Refused: an alias decides what is loaded', params, response: { 400: errorBody } } },
    (request) => {
      checkModelName(manager, request.params.model);
      throw new HttpProblem('bad-request', 'unload: an alias decides what is loaded; move it instead');
    },
  );
}

async function load({ manager, store }: ProtocolDependencies, model: string) {
  await manager.check();
  // A bad model never replaces a good one, so that the current one says nothing about the load.
  const { champion } = await readAliases(store, model);
  const wanted = champion === undefined ? undefined : stateOf(manager, String(champion));
  if (wanted?.state === 'UNAVAILABLE')
    throw new HttpProblem('bad-request', `failed to load ${quoted(model)} version ${wanted.version}: ${wanted.reason}`);
  const { name, version, digest } = servedModel(manager, model);
  return { name, version: String(version), digest };
}

async function jsonOf(request: Parameters<typeof bodyOf>[0]): Promise<unknown> {
  const body = await unpack(bodyOf(request), headerOf(request, 'content-encoding'), LIMIT_BYTES);
  return body.length === 0 ? {} : parseJson(body);
}
