// The entry of a step's thread: loads the bundled step, gives it a context whose store is the parent's, runs it once.

import { parentPort, workerData } from 'node:worker_threads';
import type { Compute, FileContext } from '../step.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';
import {
  packError,
  unpackError,
  type Answer,
  type FromThread,
  type StepEnvironment,
  type ThreadTask,
  type ToThread,
} from './messages.ts';

type ThreadCompute = Compute<unknown, Record<string, ArtifactRef>>;
interface StepModule {
  compute(...all: [...Parameters<ThreadCompute>, StepEnvironment]): ReturnType<ThreadCompute>;
  identify(parameters: unknown, environment: StepEnvironment, signal: AbortSignal): Promise<Record<string, unknown>>;
}

const port = parentPort!;
const { call, bundle, parameters, inputs, environment } = workerData as ThreadTask;
const say = (message: FromThread, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

interface Waiting {
  resolve(value: Answer): void;
  reject(error: Error): void;
}
const waiting = new Map<number, Waiting>();
const abort = new AbortController();
let lastId = 0;

port.on('message', (message: ToThread) => {
  if (message.kind === 'abort') return abort.abort(new Error('the step was cancelled'));
  const asked = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.kind === 'answer') asked?.resolve(message.value);
  else asked?.reject(unpackError(message.error));
});

const ask = (send: (id: number) => void): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const id = ++lastId;
    waiting.set(id, { resolve, reject });
    send(id);
  });

/**
 * What a large buffer holds is handed over as it is: its owner has no more use for it. All else is copied, these bytes alone:
 * the message would copy all of their buffer, twice. Resizable either way: see run-in-thread.
 */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (isResizable(bytes)) return bytes;
  const copy = new Uint8Array(new ArrayBuffer(bytes.length, { maxByteLength: bytes.length }));
  copy.set(bytes);
  return copy;
}

const isResizable = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.resizable;

const context: FileContext = {
  signal: abort.signal,
  read: async (ref) => (await ask((id) => say({ kind: 'read', id, ref }))) as Uint8Array,
  readToFile: async (ref) => (await ask((id) => say({ kind: 'readToFile', id, ref }))) as string,
  write: async (bytes) => {
    const given = ownBuffer(bytes);
    return (await ask((id) => say({ kind: 'write', id, bytes: given }, [given.buffer]))) as ArtifactRef;
  },
  progress: (progress) => say({ kind: 'progress', progress }),
  warn: (message) => say({ kind: 'warn', message }),
};

try {
  const step = (await import(bundle)) as StepModule;
  const output =
    call === 'compute'
      ? await step.compute(context, parameters, inputs, environment)
      : await step.identify(parameters, environment, abort.signal);
  say({ kind: 'done', output });
} catch (error) {
  say({ kind: 'failed', error: packError(error) });
}
port.close();
