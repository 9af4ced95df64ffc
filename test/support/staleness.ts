// How old an answer is when it is shown, told by the counter in the camera's picture: of the frame that was sent, and of
// the frame that the camera shows at the moment of the answer. It uses no clock of the page.

import path from 'node:path';
import type { Page } from 'playwright-core';
import { COUNTER_BITS, COUNTER_CELL, VIDEO } from './counted-video.ts';

/** What was seen of one answer. Times by the page's clock. */
export interface SeenAnswer {
  /** Frames that the camera's picture went on while the answer came. */
  frames: number;
  /** From sending to the answer. */
  roundTripMs: number;
  /** Of these within the worker. */
  workerMs: number;
  /** Since the moment that the browser says the frame was captured. */
  ageMs: number;
}

/** Before the page is opened. */
export async function watchCounter(page: Page): Promise<void> {
  const layout = { bits: COUNTER_BITS, cell: COUNTER_CELL, width: VIDEO.width };
  await page.addInitScript({ content: `window.counterLayout = ${JSON.stringify(layout)}` });
  await page.addInitScript({ path: path.join(import.meta.dirname, 'staleness.page.js') });
}

/** The next answers, `count` at least. */
export async function nextAnswers(page: Page, count: number): Promise<SeenAnswer[]> {
  await page.evaluate('void (window.staleness.answers.length = 0)');
  // Not by waitForFunction: that evaluates in the page, which the page's policy forbids.
  while ((await page.evaluate<number>('window.staleness.answers.length')) < count) await page.waitForTimeout(250);
  return page.evaluate<SeenAnswer[]>('window.staleness.answers');
}

/** Milliseconds that the video had gone on when an answer came, at most, for that share (0–1) of the answers. */
export function stalenessMs(answers: readonly SeenAnswer[], share: number): number {
  const sorted = answers.map(({ frames }) => frames).toSorted((a, b) => a - b);
  return (sorted[Math.ceil(share * sorted.length) - 1]! * 1_000) / VIDEO.framesPerSecond;
}
