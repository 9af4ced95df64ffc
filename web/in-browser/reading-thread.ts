// The page's end of the reading thread.

import { LocalFailure } from './errors.ts';
import type { LocalReading } from './local-reader.ts';
import type { AnswerMessage, OpenOrder, Order, OrderMessage, ReadOrder } from './worker-protocol.ts';

/** A script of 70 kB from a server that has just sent the page. */
const START_TIMEOUT_MS = 30_000;

export interface ReadingThread {
  /** Replaces the model once the new one has proved itself. @throws Error when it has not; the old one goes on */
  open(order: Omit<OpenOrder, 't'>): Promise<void>;
  read(order: Omit<ReadOrder, 't'>): Promise<LocalReading>;
  /** False once its script has failed: nothing more is answered. */
  isAlive(): boolean;
  close(): void;
}

interface Waiting {
  resolve: (answer: LocalReading | undefined) => void;
  reject: (error: Error) => void;
}

/** @throws LocalFailure when the script does not come up */
export async function startReadingThread(): Promise<ReadingThread> {
  const { workerUrl } = await import('./worker-entry.ts').catch((cause: unknown) => {
    throw new LocalFailure('The code for reading here could not be fetched.', { cause });
  });
  const worker = new Worker(workerUrl, { type: 'module' });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let isAlive = true;
  const end = (reason: string): void => {
    isAlive = false;
    worker.terminate();
    for (const { reject } of waiting.values()) reject(new LocalFailure(reason));
    waiting.clear();
  };
  const ask = (order: Order): Promise<LocalReading | undefined> =>
    new Promise((resolve, reject) => {
      if (!isAlive) throw new LocalFailure('The thread that reads here has ended.');
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ ...order, id } satisfies OrderMessage);
    });
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string): void => {
      end(reason);
      reject(new LocalFailure(reason));
    };
    const timer = setTimeout(() => fail('The code for reading here did not start in time.'), START_TIMEOUT_MS);
    worker.addEventListener('error', () => {
      clearTimeout(timer);
      fail('The code for reading here has failed.');
    });
    worker.addEventListener('message', ({ data }: MessageEvent<AnswerMessage>) => {
      if (data.t === 'here') {
        clearTimeout(timer);
        resolve();
        return;
      }
      const asked = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.t === 'done') asked?.resolve(data.answer);
      else asked?.reject(new LocalFailure(data.message));
    });
  });
  return {
    async open(order) {
      await ask({ t: 'open', ...order });
    },
    async read(order) {
      return (await ask({ t: 'read', ...order }))!;
    },
    isAlive: () => isAlive,
    close: () => end('Reading here was ended.'),
  };
}
