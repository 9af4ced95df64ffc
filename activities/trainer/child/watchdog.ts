// No orphans: a thread of its own kills the whole process when the worker is gone or the main thread hangs. Native code
// can block the main thread for long, so nothing on that thread could do it.

import { Socket } from 'node:net';
import { Worker, workerData } from 'node:worker_threads';
import { LIFELINE_FD } from '../protocol.ts';

/** How often the main thread shows that it runs. */
const TICK_MS = 1_000;

/** Longer than any single native call: 30 s is a hundred steps of the slowest network. */
const SILENT_TICKS = 30;

interface WatchdogData {
  /** One counter, raised by the main thread. */
  ticks: SharedArrayBuffer;
}

/** Main thread: starts the watchdog, a thread that runs the same file as this process. */
export function startWatchdog(entryFile: string): void {
  const ticks = new SharedArrayBuffer(4);
  const counter = new Int32Array(ticks);
  setInterval(() => Atomics.add(counter, 0, 1), TICK_MS / 2).unref();
  const thread = new Worker(entryFile, { workerData: { ticks } satisfies WatchdogData });
  thread.on('error', (error) => {
    process.stderr.write(`the trainer's watchdog failed: ${error.message}\n`);
    process.exit(1);
  });
  thread.unref();
}

/** Watchdog thread: never returns to anything; SIGKILL because a main thread inside native code takes no other way. */
export function watch(): void {
  const counter = new Int32Array((workerData as WatchdogData).ticks);
  const kill = (why: string): void => {
    process.stderr.write(`trainer: ${why}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
  lifeline.on('end', () => kill('the worker is gone'));
  lifeline.on('error', () => kill('the pipe to the worker broke'));
  lifeline.resume();

  // Checks are counted rather than time measured: while the whole process is stopped, none is made.
  let seen = Atomics.load(counter, 0);
  let silent = 0;
  setInterval(() => {
    const now = Atomics.load(counter, 0);
    silent = now === seen ? silent + 1 : 0;
    seen = now;
    if (silent >= SILENT_TICKS) kill(`no sign of life from the main thread for ${SILENT_TICKS} s`);
  }, TICK_MS);
}
