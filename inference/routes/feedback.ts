// People's corrections over HTTP, for the page: list them, look at a crop, delete one or all. Storing goes through
// sessions only: a correction is a crop that this worker cut out of a frame itself.

import type { FastifyInstance, FastifyReply } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { systemClock, type Clock } from '../../artifacts/clock.ts';
import { StoreAccessDenied, StoreUnavailable } from '../../artifacts/errors.ts';
import { clearCorrections, deleteCorrection } from '../../artifacts/feedback.ts';
import { listCorrections, readCorrection } from '../../artifacts/feedback-list.ts';
import { CORRECTION_LABELS, type CorrectionRecord } from '../../artifacts/manifests.ts';
import type { Routes } from './route.ts';

const MOST_A_PAGE = 200;

const correctionId = z.string().regex(/^[0-9a-f]{12}-[0-9a-f]{20}$/, 'expected the id of a correction');
const ofOne = z.object({ id: correctionId });
const failure = z.object({ error: z.string() });

const listed = z.object({
  id: z.string(),
  label: z.enum(CORRECTION_LABELS).describe('what a person said it is'),
  prediction: z.object({ label: z.string(), probability: z.number() }).describe('what the model said'),
  model: z.object({ name: z.string(), version: z.number(), digest: z.string() }),
  at: z.string().describe('when it was stored, ISO 8601'),
  expiresAt: z.string().describe('when it is removed, ISO 8601'),
  width: z.number(),
  height: z.number(),
  image: z.string().describe('path of the crop, a gray PNG'),
});

const page = z.object({
  corrections: z.array(listed).describe('newest first'),
  next: z.string().nullable().describe('pass it as `before` for the next page'),
  total: z.number(),
  damaged: z.array(z.string()).describe('ids of records that cannot be read; they may be deleted'),
});

/** @param clock decides what has expired. @default the machine's */
export function feedbackRoutes(clock: Clock = systemClock): Routes {
  return (instance, { store }) => {
    const app = instance.withTypeProvider<ZodTypeProvider>();
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(serializerCompiler);
    // What a person taught is nobody else's: no proxy and no browser keeps it.
    app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));
    answerStoreErrors(instance);
    const tags = ['feedback'];

    app.get(
      '/v1/feedback',
      {
        schema: {
          tags,
          summary: 'Corrections, newest first',
          querystring: z.object({
            limit: z.coerce.number().int().min(1).max(MOST_A_PAGE).default(50),
            before: correctionId.optional(),
          }),
          response: { 200: page },
        },
      },
      async ({ query: { limit, before } }) => {
        const found = await listCorrections({ store, clock }, { limit, ...(before !== undefined && { before }) });
        return { ...found, corrections: found.corrections.map(viewOf), next: found.next ?? null };
      },
    );

    app.get(
      '/v1/feedback/:id/image',
      { schema: { tags, summary: 'The crop of a correction, a gray PNG', params: ofOne } },
      async ({ params: { id } }, reply) => {
        const correction = await readCorrection({ store, clock }, id);
        if (correction === undefined) return unknown(reply, id);
        return reply.type('image/png').send(Buffer.from(correction.crop.png, 'base64'));
      },
    );

    app.delete(
      '/v1/feedback/:id',
      {
        schema: {
          tags,
          summary: 'Deletes a correction for good',
          params: ofOne,
          response: { 200: z.object({ deleted: z.string() }), 404: failure },
        },
      },
      async ({ params: { id } }, reply) => {
        if ((await deleteCorrection({ store, clock }, id)) === 'unknown') return unknown(reply, id);
        return { deleted: id };
      },
    );

    app.delete(
      '/v1/feedback',
      {
        schema: {
          tags,
          summary: 'Deletes every correction for good',
          // Without it, a slip of an address would delete all that people ever taught.
          querystring: z.object({ confirm: z.literal('all', 'expected ?confirm=all to delete every correction') }),
          response: { 200: z.object({ deleted: z.number() }) },
        },
      },
      async () => ({ deleted: await clearCorrections({ store, clock }) }),
    );
  };
}

const viewOf = ({ id, label, prediction, model, at, expiresAt, crop }: CorrectionRecord): z.input<typeof listed> => ({
  id,
  label,
  prediction,
  model,
  at,
  expiresAt,
  width: crop.width,
  height: crop.height,
  image: `/v1/feedback/${id}/image`,
});

const unknown = (reply: FastifyReply, id: string): FastifyReply =>
  reply
    .code(404)
    .type('application/json')
    .send({ error: `expected a correction, got none under ${id}` });

/** What is known of a store that can't do it; everything else is the server's to answer. */
function answerStoreErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof StoreAccessDenied)
      return reply.code(403).send({ error: 'this worker may not do that with corrections' });
    if (error instanceof StoreUnavailable)
      return reply.code(503).header('retry-after', '2').send({ error: 'the object store does not answer' });
    throw error;
  });
}
