// How old an answer is when it is shown, told by the counter in the camera's picture: of the frame that was sent, and of
// the frame that the camera shows at the moment of the answer. It uses no clock of the page.

import path from 'node:path';
import type { Page } from 'playwright-core';
import { COUNTER_BITS, COUNTER_CELL, VIDEO } from '../../support/counted-video.ts';

const LEAST_ANSWERS = 40;

/** Before the page is opened. */
export async function watchCounter(page: Page): Promise<void> {
  const layout = { bits: COUNTER_BITS, cell: COUNTER_CELL, width: VIDEO.width };
  await page.addInitScript({ content: `window.counterLayout = ${JSON.stringify(layout)}` });
  await page.addInitScript({ path: path.join(import.meta.dirname, 'staleness.page.js') });
}

/** Milliseconds that 19 of 20 of the next answers are not older than; at least 40 answers are looked at. */
export async function measureStaleness(page: Page): Promise<number> {
  await page.evaluate('void (window.staleness.frames.length = 0)');
  // Not by waitForFunction: that evaluates in the page, which the page's policy forbids.
  const answers = (): Promise<number> => page.evaluate<number>('window.staleness.frames.length');
  while ((await answers()) < LEAST_ANSWERS) await page.waitForTimeout(100);
  const frames = await page.evaluate<number[]>('window.staleness.frames');
  const sorted = frames.toSorted((a, b) => a - b);
  return (sorted[Math.ceil(0.95 * sorted.length) - 1]! * 1_000) / VIDEO.framesPerSecond;
}
