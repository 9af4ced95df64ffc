// Our side of PNG → equalised tensor, in a process of its own, as the other side has one and as ingest has a thread of its
// own: beside TensorFlow's threads and heap the same code takes a quarter longer.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { checkoutFolder } from '../../../config/home.ts';
import { bundleCode } from '../../../workers/code.ts';
import { stepEntries } from '../../../workers/step-entries.ts';
import { PeerFailed } from '../keras.ts';

const SCRIPT = path.join(import.meta.dirname, 'decoding-process.ts');

/**
 * `core`: PNG → gray → 32×32 → equalised → [0, 1] in one thread, CPU time. `pool`: the same, decoded by the threads that
 * ingest has for many large pictures, as time that passes. `inflate`: the inflater alone on as many bytes, CPU time: no
 * decoder of PNG can be faster than the one it uses.
 */
export type DecodingTask = 'core' | 'pool' | 'inflate';

export interface Decoding {
  /** Seconds a picture. @throws PeerFailed */
  measure(task: DecodingTask): Promise<number>;
  close(): Promise<void>;
}

/** @throws PeerFailed */
export async function openDecoding(archive: string): Promise<Decoding> {
  const { thread } = await bundleCode(checkoutFolder, { thread: stepEntries['decode-thread'] });
  const child = fork(SCRIPT, [archive, thread.file], { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new PeerFailed(`our decoding process ended with ${signal === null ? `status ${code}` : signal}`);
  });
  ended.catch(() => undefined); // told to whoever waits for an answer
  const answer = async (): Promise<unknown> => (await Promise.race([once(child, 'message'), ended]))[0];
  await answer();
  return {
    async measure(task) {
      const answered = answer();
      child.send(task);
      return Number(await answered);
    },
    async close() {
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}
