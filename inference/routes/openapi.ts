// The description of every route at /openapi.json, and a page to try them at /docs. It needs no other host.

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';

const binary = { type: 'string', format: 'binary' };
/** What the schema of a body that isn't JSON can't say. */
const PICTURE_BODY = {
  content: {
    'image/png': { schema: binary },
    'image/jpeg': { schema: binary },
    'image/webp': { schema: binary },
    'multipart/form-data': { schema: { type: 'object', properties: { file: binary }, required: ['file'] } },
  },
};

/** The page builds itself from its own scripts; the plugin's own rule would let it ask a validator elsewhere. */
const DOCS_CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'";

/** Before the routes: it sees those that come after it, in the same instance. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'digitflow inference worker',
        description:
          'Reads digits: the Open Inference Protocol with Triton’s extensions, TensorFlow Serving’s REST interface, ' +
          'pictures, and the published models themselves.',
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
    transform: (document) => {
      const described = jsonSchemaTransform(document);
      if (document.url !== '/v1/predict') return described;
      return { ...described, schema: { ...described.schema, body: PICTURE_BODY } };
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_CSP,
    uiConfig: { docExpansion: 'list', deepLinking: true, validatorUrl: null, tryItOutEnabled: true },
  });
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
}
