// Threads that decode pictures while the step's own thread reads, hashes and packs. Started when there is work for them,
// one more each time all of them are busy. Knows neither names nor classes: bytes go in, pictures or reasons come out.

import { Worker } from 'node:worker_threads';
import type { Decoded } from '../sources/decode.ts';
import { packBatch, unpackDecoded, type DecodedBatch } from './decode-messages.ts';
import { StepThreadLost } from './thread-lost.ts';

export interface DecodePool {
  /** How many batches are worth being in flight: one in each thread and one that waits for it. */
  readonly batches: number;
  /**
   * Files that need no promise to be decoded (PNG, BMP), in their order: what `decodeImage` says of each. Any number of
   * calls may be in flight.
   * @throws StepThreadLost when a thread ended; another attempt may go better
   */
  decode(files: readonly Uint8Array[]): Promise<Decoded[]>;
  /** Ends all threads; what is in flight is rejected. */
  close(): Promise<void>;
}

export interface DecodePoolOptions {
  /** Absolute path of the bundled decode-thread.ts. */
  threadFile: string;
  /** At most so many, ≥ 1. */
  threads: number;
}

interface Waiting {
  resolve: (decoded: Decoded[]) => void;
  reject: (error: Error) => void;
}

interface Thread {
  worker: Worker;
  /** In the order they were sent, which is the order of the answers. */
  waiting: Waiting[];
}

export function createDecodePool({ threadFile, threads }: DecodePoolOptions): DecodePool {
  const running: Thread[] = [];
  let failure: Error | undefined;

  const start = (): Thread => {
    const thread: Thread = { worker: new Worker(threadFile, { execArgv: [] }), waiting: [] };
    const lose = (why: string, cause?: Error): void => {
      failure ??= new StepThreadLost(`a thread that decodes pictures ${why}`, cause && { cause });
      for (const { reject } of thread.waiting.splice(0)) reject(failure);
    };
    thread.worker.on('message', (batch: DecodedBatch) => thread.waiting.shift()!.resolve(unpackDecoded(batch)));
    thread.worker.on('error', (error) => lose(`failed: ${error.message}`, error));
    thread.worker.on('exit', (code) => lose(`ended with exit code ${code}`));
    running.push(thread);
    return thread;
  };

  /** The least busy thread; a new one while all are busy and there may be more. */
  const pick = (): Thread => {
    let best = running[0];
    for (const thread of running) if (thread.waiting.length < best!.waiting.length) best = thread;
    return best === undefined || (best.waiting.length > 0 && running.length < threads) ? start() : best;
  };

  return {
    batches: 2 * threads,
    decode(files) {
      if (failure !== undefined) return Promise.reject(failure);
      const thread = pick();
      return new Promise((resolve, reject) => {
        thread.waiting.push({ resolve, reject });
        const batch = packBatch(files);
        thread.worker.postMessage(batch, [batch.bytes.buffer]);
      });
    },
    async close() {
      failure ??= new StepThreadLost('the threads that decode pictures are closed');
      await Promise.all(running.map(({ worker }) => worker.terminate()));
    },
  };
}
