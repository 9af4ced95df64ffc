// The first answer of a session: a frame with one digit, sent until the model is there.

import { setTimeout as delay } from 'node:timers/promises';
import { openSessionClient } from '../../inference/client/session-client.ts';

const width = 320;
const height = 240;
const bytes = new Uint8Array(width * height).fill(220); // a dark bar on paper: a 1
for (let y = 60; y < 180; y++) bytes.fill(30, y * width + 150, y * width + 166);

/** Resolves when a frame was answered; the worker listens already. */
export async function firstAnswer(url: string): Promise<void> {
  const session = await openSessionClient({ url });
  try {
    while ((await session.send({ kind: 'gray8', bytes, width, height })) === undefined) await delay(5);
  } finally {
    await session.close();
  }
}

/** The same while nobody listens yet. @throws the last error after the time */
export async function firstAnswerOnceUp(url: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await firstAnswer(url);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(10);
    }
  }
}
