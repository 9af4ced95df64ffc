// Runs a step's compute in a thread of its own: the worker's event loop stays free for heartbeats, and what the step
// allocated is gone with the thread.

import { Worker } from 'node:worker_threads';
import type { FileContext, StepContext, StepOutput } from '../step.ts';
import { packError, unpackError, type Answer, type FromThread, type ThreadTask, type ToThread } from './messages.ts';
import { StepThreadLost } from './thread-lost.ts';

/** How long a cancelled thread may take to stop by itself. */
const STOP_MS = 1_500;

/**
 * What a step makes by the sample is gone at once: a small room for it is swept more often for next to nothing, where the
 * default grows to 32 MB.
 */
const YOUNG_GENERATION_MB = 4;

type ThreadContext = StepContext & Partial<FileContext>;
type Request = Extract<FromThread, { id: number }>;

/**
 * @param context what its `write` is given is gone once it has resolved; `readToFile` for a step that uses it
 * @param threadFile absolute path of the bundled step-thread.ts
 * @returns what the called function returned
 * @throws what compute threw, with name, code and details kept; StepThreadLost; the signal's reason when aborted
 */
export async function runInThread<Output extends StepOutput | Record<string, unknown> = StepOutput>(
  threadFile: string,
  task: ThreadTask,
  context: ThreadContext,
): Promise<Output> {
  context.signal.throwIfAborted();
  const thread = new Worker(threadFile, {
    workerData: task,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const say = (message: ToThread, transfer: ArrayBuffer[] = []): void => thread.postMessage(message, transfer);
  let killer: NodeJS.Timeout | undefined;
  const abort = (): void => {
    say({ kind: 'abort' });
    killer = setTimeout(() => void thread.terminate(), STOP_MS);
  };
  context.signal.addEventListener('abort', abort, { once: true });
  try {
    return await new Promise<Output>((resolve, reject) => {
      thread.on('message', (message: FromThread) => {
        if (message.kind === 'done') resolve(message.output as Output);
        else if (message.kind === 'failed') reject(unpackError(message.error));
        else if (message.kind === 'progress') context.progress(message.progress);
        else if (message.kind === 'warn') context.warn(message.message);
        else void serve(message, context, say);
      });
      thread.on('error', (error) =>
        reject(new StepThreadLost(`the thread of a step failed: ${error.message}`, { cause: error })),
      );
      thread.on('exit', (code) =>
        reject(new StepThreadLost(`the thread of a step ended with exit code ${code} and no result`)),
      );
    });
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', abort);
    clearTimeout(killer);
    await thread.terminate();
  }
}

async function serve(
  message: Request,
  context: ThreadContext,
  say: (message: ToThread, transfer?: ArrayBuffer[]) => void,
): Promise<void> {
  const { id } = message;
  try {
    const value = await answerTo(message, context);
    if (message.kind === 'write') giveBack(message.bytes);
    // What a store gives is nobody else's: the thread gets the buffer itself where it holds nothing but these bytes.
    const isWhole = value instanceof Uint8Array && value.byteLength === value.buffer.byteLength;
    say({ kind: 'answer', id, value }, isWhole && value.buffer instanceof ArrayBuffer ? [value.buffer] : []);
  } catch (error) {
    say({ kind: 'refused', id, error: packError(error) });
  }
}

function answerTo(message: Request, context: ThreadContext): Promise<Answer> {
  if (message.kind === 'read') return context.read(message.ref);
  if (message.kind === 'write') return context.write(message.bytes);
  if (context.readToFile !== undefined) return context.readToFile(message.ref);
  return Promise.reject(new TypeError('expected a step that reads no files, got one that does'));
}

/** What the store has now: megabytes that would wait for the collector of a heap in which nothing happens. */
function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0);
}
