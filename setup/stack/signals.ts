// Ctrl-C, `kill` and a closed terminal stop the stack in order; a second one stops waiting.

import { createEchoFilter } from './doubled-signal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns a function that takes the listeners away again */
export function onStopSignals({ stop, kill }: { stop: () => void; kill: () => void }): () => void {
  let isSecond = false;
  const isEcho = createEchoFilter();
  const listener = (): void => {
    if (isEcho()) return;
    if (isSecond) return kill();
    isSecond = true;
    stop();
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  // An exit without a stop (an uncaught error, process.exit) must not leave servers behind for the next start.
  process.once('exit', kill);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
    process.off('exit', kill);
  };
}
