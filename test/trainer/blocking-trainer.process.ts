// A trainer child with one more command, which blocks the main thread as a long native call would.

import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { Command } from '../../activities/trainer/child/commands.ts';
import { serveTrainer } from '../../activities/trainer/child/serve.ts';
import { watch } from '../../activities/trainer/child/watchdog.ts';

const block: Command<{ ms: number }, void> = ({ ms }, { emit }) => {
  emit('blocking');
  return new Promise((resolve) => {
    // Two turns later, so that the news is out.
    setTimeout(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      resolve();
    }, 20);
  });
};
const crash: Command<{ signal?: NodeJS.Signals; isQuiet?: boolean }, void> = async ({ signal, isQuiet }) => {
  if (!isQuiet) process.stderr.write('terminate called: std::bad_alloc\n');
  if (signal === undefined) process.exit(7);
  process.kill(process.pid, signal);
  await new Promise(() => {});
};
const environment: Command<undefined, Record<string, string | undefined>> = () => Promise.resolve({ ...process.env });

if (isMainThread) await serveTrainer(fileURLToPath(import.meta.url), { block, crash, environment });
else watch();
