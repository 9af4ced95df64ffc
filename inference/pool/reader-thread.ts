// The entry of a reader thread: decode → locate → preprocess → infer for whole frames, one after another. It holds the
// models it was given until it is told to let them go.

import { parentPort, workerData } from 'node:worker_threads';
import { decodeFrame } from './decode-frame.ts';
import { packError } from './errors.ts';
import {
  monotonicMs,
  SLOT_BYTES,
  type FromThread,
  type InferRequest,
  type LoadRequest,
  type ReadRequest,
  type ReleaseRequest,
  type ThreadData,
  type ThreadReading,
  type ThreadRequest,
  type ToThread,
} from './messages.ts';
import { openThreadModel, type ThreadModel } from './thread-models.ts';

const port = parentPort!;
const { runtime, slots } = workerData as ThreadData;
const models = new Map<number, ThreadModel>();
/** The frame at hand: a slot is written again while its answer is on the way, and must never cross as a shared buffer. */
const own = new Uint8Array(SLOT_BYTES);
const say = (message: FromThread, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

function modelOf(handle: number): ThreadModel {
  const model = models.get(handle);
  if (model === undefined) throw new RangeError(`expected the handle of a loaded model, got ${handle}`);
  return model;
}

async function load({ handle, model }: LoadRequest): Promise<void> {
  if (!models.has(handle)) models.set(handle, await openThreadModel(runtime, model));
}

async function release({ handle }: ReleaseRequest): Promise<void> {
  const model = models.get(handle);
  models.delete(handle);
  await model?.runtime.dispose();
}

function bytesOf({ bytes, slot, sizeBytes }: ReadRequest): Uint8Array {
  if (bytes !== undefined) return bytes;
  const at = slot * SLOT_BYTES;
  own.set(new Uint8Array(slots, at, sizeBytes));
  return own.subarray(0, sizeBytes);
}

async function read(request: ReadRequest): Promise<ThreadReading> {
  const beganMs = monotonicMs();
  const { reader } = modelOf(request.handle);
  const { frame: kind, width, height, mode, threshold, crops } = request;
  const { image, size } = await decodeFrame({ kind, bytes: bytesOf(request), width, height });
  const decodeMs = monotonicMs() - beganMs;
  const reading = await reader.read(image, {
    ...(mode !== undefined && { mode }),
    ...(threshold !== undefined && { threshold }),
    ...(crops !== undefined && { crops }),
  });
  const scale = size.width / image.width;
  if (scale !== 1)
    for (const { box } of reading.digits) {
      box.x *= scale;
      box.y *= scale;
      box.w *= scale;
      box.h *= scale;
    }
  return { reading, ...size, beganMs, decodeMs };
}

async function infer({ handle, values, count }: InferRequest): Promise<Float32Array> {
  return modelOf(handle).runtime.runValues(values, count);
}

async function answer(request: ThreadRequest): Promise<void> {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'read':
        return say({ kind: 'done', id, value: await read(request) });
      case 'infer':
        return say({ kind: 'done', id, value: await infer(request) });
      case 'load':
        return say({ kind: 'done', id, value: await load(request) });
      case 'release':
        return say({ kind: 'done', id, value: await release(request) });
    }
  } catch (error) {
    say({ kind: 'failed', id, error: packError(error) });
  }
}

async function close(): Promise<void> {
  for (const { runtime } of models.values()) await runtime.dispose();
  port.close();
}

let last = Promise.resolve();
port.on('message', (message: ToThread) => {
  last = last.then(() => (message.kind === 'close' ? close() : answer(message)));
});
say({ kind: 'ready' });
