// One life of a reader thread, seen from the pool: requests go out, answers come back, and when it ends by itself every
// request that it had is told so.

import { Worker } from 'node:worker_threads';
import type { LoadedModel } from '../load-model.ts';
import type { RuntimeName } from '../runtimes/open-runtime.ts';
import type { EncodedFrame } from '../serving.ts';
import { PoolClosed, ReaderThreadLost, unpackError } from './errors.ts';
import {
  SLOT_BYTES,
  SLOTS,
  type FromThread,
  type InferRequest,
  type LoadRequest,
  type ReadRequest,
  type ReleaseRequest,
  type ThreadData,
  type ThreadReading,
  type ToThread,
} from './messages.ts';

/** A thread that was asked to close ends within a frame or two; one that hangs is ended. */
const CLOSE_MS = 1_000;

export interface ReaderThreadLife {
  /** Requests not answered yet. */
  readonly pending: number;
  /** When the request it is busy with was sent, by the pool's clock; undefined when it is idle. */
  readonly busySinceMs: number | undefined;
  load(handle: number, model: LoadedModel): Promise<void>;
  release(handle: number): Promise<void>;
  /** At most SLOTS at a time. */
  read(
    handle: number,
    frame: EncodedFrame,
    options: Pick<ReadRequest, 'mode' | 'threshold' | 'crops'>,
  ): Promise<ThreadReading>;
  infer(handle: number, values: Float32Array, count: number): Promise<Float32Array>;
  /** Ends it at once, as a crash would. */
  kill(): void;
  /** Ends it; requests underway fail with PoolClosed. */
  close(): Promise<void>;
}

export interface LifeOptions {
  /** Absolute path of the bundled reader-thread.ts. */
  threadFile: string;
  runtime: RuntimeName;
  name: string;
  now: () => number;
  /** Called once when it ends by itself, after its requests were told. */
  onLost: (reason: string) => void;
}

interface Waiting {
  sentMs: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export function startReaderThread({ threadFile, runtime, name, now, onLost }: LifeOptions): ReaderThreadLife {
  const slots = new SharedArrayBuffer(SLOTS * SLOT_BYTES);
  const shared = new Uint8Array(slots);
  const freeSlots = Array.from({ length: SLOTS }, (_, slot) => slot);
  const workerData: ThreadData = { runtime, slots };
  const worker = new Worker(threadFile, { workerData, execArgv: [], name });
  /** In the order they were sent, which is the order they are answered in. */
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let isClosing = false;
  let crash: Error | undefined;

  const ask = <T>(message: ToThread & { id: number }, transfer: ArrayBuffer[] = []): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.set(message.id, { sentMs: now(), resolve, reject });
      worker.postMessage(message, transfer);
    });
  const failAll = (errorOf: (isFirst: boolean) => Error): void => {
    const asked = [...waiting.values()];
    waiting.clear();
    asked.forEach((one, index) => one.reject(errorOf(index === 0)));
  };

  worker.on('message', (message: FromThread) => {
    if (message.kind === 'ready') return;
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'done') asked?.resolve(message.value);
    else asked?.reject(unpackError(message.error));
  });
  worker.on('error', (error) => (crash = error));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      resolve();
      if (isClosing) return;
      const reason = crash?.message ?? `it ended with exit code ${code}`;
      failAll((isFirst) => new ReaderThreadLost(reason, { wasBegun: isFirst, cause: crash }));
      onLost(reason);
    });
  });

  return {
    get pending() {
      return waiting.size;
    },
    get busySinceMs() {
      return waiting.values().next().value?.sentMs;
    },
    load: (handle, model) => ask({ kind: 'load', id: ++lastId, handle, model } satisfies LoadRequest),
    release: (handle) => ask({ kind: 'release', id: ++lastId, handle } satisfies ReleaseRequest),
    async read(handle, frame, options) {
      const { kind, bytes } = frame;
      const isGray = kind === 'gray8';
      const slot = bytes.length <= SLOT_BYTES ? freeSlots.pop() : undefined;
      if (slot !== undefined) shared.set(bytes, slot * SLOT_BYTES);
      const copy = slot === undefined ? Uint8Array.from(bytes) : undefined;
      const request: ReadRequest = {
        kind: 'read',
        id: ++lastId,
        handle,
        frame: kind,
        slot: slot ?? -1,
        sizeBytes: bytes.length,
        bytes: copy,
        width: isGray ? frame.width : 0,
        height: isGray ? frame.height : 0,
        mode: options.mode,
        threshold: options.threshold,
        crops: options.crops,
      };
      try {
        return await ask<ThreadReading>(request, copy === undefined ? [] : [copy.buffer]);
      } finally {
        if (slot !== undefined) freeSlots.push(slot);
      }
    },
    infer(handle, values, count) {
      // A view into something larger is copied: moving it would take the rest along.
      const own = values.byteLength === values.buffer.byteLength ? values : values.slice();
      const request: InferRequest = { kind: 'infer', id: ++lastId, handle, values: own, count };
      return ask(request, own.buffer instanceof ArrayBuffer ? [own.buffer] : []);
    },
    kill() {
      void worker.terminate();
    },
    async close() {
      isClosing = true;
      failAll(() => new PoolClosed());
      worker.postMessage({ kind: 'close' } satisfies ToThread);
      const killer = setTimeout(() => void worker.terminate(), CLOSE_MS);
      await exited;
      clearTimeout(killer);
    },
  };
}
