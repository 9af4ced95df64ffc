// What a worker's process costs and how promptly it answers: one log line every ten seconds.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { log } from './log.ts';

const EVERY_MS = 10_000;
const RESOLUTION_MS = 10;
const NS_A_MS = 1e6;

/** Starts logging; the timer keeps no process alive. The delay is how late a timer fired, beyond its own resolution. */
export function logVitals(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const timer = setInterval(() => {
    const late = (percentile: number): number =>
      Math.max(0, Math.round(delay.percentile(percentile) / NS_A_MS - RESOLUTION_MS));
    const rssMiB = Math.round(process.memoryUsage.rss() / 2 ** 20);
    log.info({ vitals: { rssMiB, eventLoopDelayMs: { p50: late(50), p99: late(99), max: late(100) } } }, 'vitals');
    delay.reset();
  }, EVERY_MS);
  timer.unref();
}
