// POST /v1/predict: a picture in, every digit found out. A picture is sent, never named by an address.

import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { FrameAnswer } from '../serving.ts';
import { unpack } from './body.ts';
import { checkPicture } from './picture.ts';
import { HttpProblem } from './problem.ts';
import { bodyOf, headerOf, openScope, refuseWhenFull, type ProtocolDependencies } from './scope.ts';
import { errorBody } from './v2/schemas.ts';

/** A phone's photograph as JPEG has 3–8 MB. */
const LIMIT_BYTES = 16 * 1024 * 1024;

const query = z.object({
  mode: z.enum(['find', 'whole']).default('find').describe('`whole` takes the picture as one digit'),
  threshold: z
    .string()
    .regex(/^(0(\.\d{1,17})?|1(\.0{1,17})?)$/, 'expected a number from 0 to 1')
    .optional()
    .describe('The least probability of a digit, 0–1; the model’s own by default'),
});

const box = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const answer = z.object({
  decision: z.enum(['digit', 'uncertain', 'none']),
  digits: z.array(
    z.object({
      label: z.string(),
      probability: z.number(),
      probabilities: z.array(z.number()).describe('In the order of `labels`'),
      decision: z.enum(['digit', 'uncertain']),
      box: box.describe('Pixels of the picture as sent, upright by its EXIF orientation, origin top left'),
    }),
  ),
  labels: z.array(z.string()),
  size: z.object({ width: z.number(), height: z.number() }).describe('Of the picture as sent, upright'),
  model: z.object({ name: z.string(), version: z.number(), digest: z.string() }),
  ms: z.object({
    queue: z.number(),
    decode: z.number(),
    locate: z.number(),
    infer: z.number(),
    total: z.number(),
  }),
});

export async function registerPredictPicture(app: FastifyInstance, dependencies: ProtocolDependencies): Promise<void> {
  await app.register(async (scope) => {
    openScope(scope, { protocol: 'predict', dependencies, bodyLimitBytes: LIMIT_BYTES });
    await scope.register(multipart, {
      limits: { fileSize: LIMIT_BYTES, files: 1, fields: 8, parts: 9, fieldSize: 1_024, headerPairs: 32 },
    });
    const { manager, pool, admission } = dependencies;
    scope.withTypeProvider<ZodTypeProvider>().post(
      '/v1/predict',
      {
        onRequest: refuseWhenFull(admission),
        bodyLimit: LIMIT_BYTES,
        schema: {
          tags: ['Pictures'],
          summary: 'Every digit of a picture',
          description:
            'The body is a PNG, JPEG or WebP, whatever its content type says, or multipart/form-data with one file.',
          consumes: ['image/png', 'image/jpeg', 'image/webp', 'multipart/form-data'],
          querystring: query,
          response: { 200: answer, 400: errorBody, 413: errorBody, 415: errorBody, 503: errorBody },
        },
      },
      (request) =>
        admission.run(async () => {
          const { mode, threshold } = request.query;
          const bytes = await pictureOf(request);
          checkPicture(bytes);
          const model = manager.current();
          if (model === undefined) throw new HttpProblem('no-model', 'no version is loaded yet');
          const read = await pool.readFrame(
            { kind: 'picture', bytes },
            { mode, ...(threshold !== undefined && { threshold: Number(threshold) }) },
          );
          return written(
            read,
            manager.loaded().find(({ version }) => version === read.model.version)?.classes ?? model.classes,
          );
        }),
    );
  });
}

/** Without a crop or anything else that a reading may carry. */
function written({ reading, size, model, ms }: FrameAnswer, labels: string[]): z.infer<typeof answer> {
  const digits = reading.digits.map(({ label, probability, probabilities, decision, box }) => ({
    label,
    probability,
    probabilities,
    decision,
    box,
  }));
  return { decision: reading.decision, digits, labels, size, model, ms };
}

async function pictureOf(request: FastifyRequest): Promise<Buffer> {
  const encoding = headerOf(request, 'content-encoding');
  if (!request.isMultipart()) return unpack(bodyOf(request), encoding, LIMIT_BYTES);
  if (encoding !== undefined) throw new HttpProblem('unsupported', 'expected multipart without a Content-Encoding');
  try {
    const file: MultipartFile | undefined = await request.file();
    if (file !== undefined) return await file.toBuffer();
  } catch (error) {
    throw multipartProblem(error);
  }
  throw new HttpProblem('bad-request', 'expected a file among the parts, got none');
}

/** Its parser's errors have a status of theirs, or none when the parts themselves are broken. */
function multipartProblem(cause: unknown): HttpProblem {
  const status = (cause as { statusCode?: unknown }).statusCode;
  return status === 413
    ? new HttpProblem('too-large', `expected one file of at most ${LIMIT_BYTES} bytes`, { cause })
    : new HttpProblem('bad-request', 'expected multipart/form-data with one file, got something else', { cause });
}
