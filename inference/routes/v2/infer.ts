// POST …/infer: bytes in, probabilities or classes out.

import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { unpack } from '../body.ts';
import { HttpProblem } from '../problem.ts';
import { bodyOf, headerOf, type ProtocolDependencies } from '../scope.ts';
import { servedModel } from '../served-models.ts';
import { readInferCall, type InferCall } from './infer-request.ts';
import { encodeInferResponse, type EncodedResponse } from './infer-response.ts';
import type { Sequences } from './sequences.ts';
import type { Statistics } from './statistics.ts';

/** 64 images as the wordiest JSON (24 characters a number) are 1.6 MB. */
export const INFER_LIMIT_BYTES = 2 * 1024 * 1024;

const HEADER_LENGTH = 'inference-header-content-length';

export interface InferDependencies extends ProtocolDependencies {
  sequences: Sequences;
  statistics: Statistics;
}

export interface InferPath {
  model: string;
  version?: string | undefined;
}

/** Refused before the body is unpacked when too much is under way. */
export function infer(
  { model, version }: InferPath,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: InferDependencies,
): Promise<FastifyReply> {
  return dependencies.admission.run(async () => {
    const started = performance.now();
    const served = servedModel(dependencies.manager, model, version);
    try {
      const body = await unpack(bodyOf(request), headerOf(request, 'content-encoding'), INFER_LIMIT_BYTES);
      const call = readInferCall(body, headerOf(request, HEADER_LENGTH));
      const read = performance.now();
      const answer = await inTime(call, probabilitiesOf(call, version, dependencies));
      const inferred = performance.now();
      const { id, count, output } = call;
      const encoded = encodeInferResponse({ ...answer, id, count, classes: served.classes }, output);
      await send(reply, encoded, headerOf(request, 'accept-encoding'));
      const ms = { input: read - started, infer: inferred - read, output: performance.now() - inferred };
      dependencies.statistics.succeeded(answer.model.version, { count, ms });
    } catch (error) {
      dependencies.statistics.failed(served.version, performance.now() - started);
      throw error;
    }
    return reply;
  });
}

function probabilitiesOf(
  { values, count, sequence }: InferCall,
  version: string | undefined,
  { pool, sequences }: InferDependencies,
) {
  const run = () => pool.infer(values, count, version === undefined ? undefined : Number(version));
  return sequence === undefined ? run() : sequences.answer(sequence, run);
}

async function inTime<T>({ timeoutMs }: InferCall, work: Promise<T>): Promise<T> {
  if (timeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new HttpProblem('timeout', 'request timeout expired')),
      Math.min(timeoutMs, 2 ** 31 - 1),
    );
  });
  work.catch(() => undefined); // what fails after its time is over is nobody's any more
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** Below it packing costs more than it saves. */
const SMALLEST_PACKED_BYTES = 1_024;
const packers = { gzip: promisify<Uint8Array, Buffer>(gzip), deflate: promisify<Uint8Array, Buffer>(deflate) };

async function send(reply: FastifyReply, { bytes, headerLength }: EncodedResponse, accepted = ''): Promise<void> {
  const encoding = bytes.length < SMALLEST_PACKED_BYTES ? undefined : wantedEncoding(accepted);
  if (headerLength !== undefined) reply.header(HEADER_LENGTH, String(headerLength));
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  reply
    .type(headerLength === undefined ? 'application/json' : 'application/octet-stream')
    .header('vary', 'accept-encoding');
  void reply.send(encoding === undefined ? Buffer.from(bytes) : await packers[encoding](bytes));
}

function wantedEncoding(accepted: string): 'gzip' | 'deflate' | undefined {
  const names = accepted.split(',').map((part) => part.trim().toLowerCase());
  return (['gzip', 'deflate'] as const).find((name) =>
    names.some((one) => one === name || one.startsWith(`${name};q=1`)),
  );
}
