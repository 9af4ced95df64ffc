// A file whose age says whether a worker takes work: what a container's health check reads, because a pipeline worker has
// no port that could be asked.

import { writeFileSync } from 'node:fs';
import type { Logger } from 'pino';

/** A health check that looks every ten seconds finds a file that is five seconds old at most. */
const EVERY_MS = 5_000;

/**
 * Touches the file now and every five seconds while the worker is well. The timer keeps no process alive. A file that
 * can't be written is told in the log once: the worker works on, and its health check fails.
 */
export function keepHeartbeat(
  file: string,
  isWell: () => boolean,
  log: Pick<Logger, 'error'>,
  everyMs = EVERY_MS,
): void {
  let isTold = false;
  const beat = (): void => {
    if (!isWell()) return;
    try {
      writeFileSync(file, `${new Date().toISOString()}\n`);
      isTold = false;
    } catch (error) {
      if (!isTold) log.error({ file, error: String(error) }, 'the heartbeat file cannot be written');
      isTold = true;
    }
  };
  beat();
  setInterval(beat, everyMs).unref();
}
