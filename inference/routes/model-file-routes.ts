// Published models for pages of any origin: `tf.loadLayersModel('…/models/digits/3/model.json')`.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { canonicalDigest } from '../../artifacts/canonical.ts';
import { describeLatest } from '../describe-latest.ts';
import { bareName, createModelFiles, type ModelFiles } from './model-files.ts';
import { HttpProblem, quoted } from './problem.ts';
import { headerOf, openScope, type ProtocolDependencies } from './scope.ts';
import { checkModelName, VERSION } from './served-models.ts';

const tags = ['Published models'];
/** A version never changes; a withdrawn one may live on in caches for a day. */
const IMMUTABLE = 'public, max-age=86400, immutable';

export async function registerModelFiles(app: FastifyInstance, dependencies: ProtocolDependencies): Promise<void> {
  const files = createModelFiles(dependencies.store);
  await app.register(async (scope) => {
    openScope(scope, { protocol: 'predict', dependencies, bodyLimitBytes: 1 });
    scope.addHook('onRequest', (_request, reply, done) => {
      reply
        .header('access-control-allow-origin', '*')
        .header('access-control-expose-headers', 'etag')
        .header('cross-origin-resource-policy', 'cross-origin');
      done();
    });
    registerLatest(scope, dependencies);
    registerFiles(scope, { dependencies, files });
  });
}

function registerLatest(app: FastifyInstance, { manager }: ProtocolDependencies): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/models/:model/latest.json',
    {
      schema: {
        tags,
        summary: 'The version that answers now, with everything to fetch and check it',
        params: z.object({ model: z.string() }),
      },
    },
    (request, reply) => {
      checkModelName(manager, request.params.model);
      const current = manager.current();
      if (current === undefined) throw new HttpProblem('no-model', 'no version is loaded yet');
      const latest = describeLatest(current.record, (path) => `${current.version}/${bareName(path)}`);
      reply.header('cache-control', 'no-cache');
      return sendOnce(request, reply, {
        sha256: canonicalDigest(latest),
        type: 'application/json',
        bytes: Buffer.from(JSON.stringify(latest)),
      });
    },
  );
}

interface FileRoutes {
  dependencies: ProtocolDependencies;
  files: ModelFiles;
}

function registerFiles(app: FastifyInstance, { dependencies: { manager }, files }: FileRoutes): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/models/:model/:version/*',
    {
      schema: {
        tags,
        summary: 'A file of a version',
        description: '`model.json`, `weights.bin`, `model.onnx`, `golden.json`, `metadata.json`',
        params: z.object({ model: z.string(), version: z.string(), '*': z.string() }),
      },
    },
    async (request, reply) => {
      const { model, version, '*': path } = request.params;
      checkModelName(manager, model);
      if (!VERSION.test(version))
        throw new HttpProblem('unknown-model', `version: expected a number, got ${quoted(version)}`);
      const record = await files.version(model, Number(version));
      if (record.deletedAt !== undefined) throw new HttpProblem('withdrawn', `version ${version} was withdrawn`);
      const found = await files.read(record, path);
      if (found === undefined)
        throw new HttpProblem('not-found', `version ${version}: expected one of its files, got ${quoted(path)}`);
      reply.header('cache-control', IMMUTABLE);
      return sendOnce(request, reply, found);
    },
  );
}

interface Sent {
  bytes: Uint8Array;
  type: string;
  sha256: string;
}

/** With an ETag, and without the bytes where the client has them. */
function sendOnce(request: FastifyRequest, reply: FastifyReply, { bytes, type, sha256 }: Sent): FastifyReply {
  const etag = `"${sha256.slice(0, 32)}"`;
  reply.header('etag', etag);
  const known = (headerOf(request, 'if-none-match') ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return reply.code(304).send();
  return reply.type(type).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
