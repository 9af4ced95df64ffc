// Waiting for a condition.

import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is neither undefined nor false; a question that throws counts as not yet. @throws after the time */
export async function until<Answer>(
  ask: () => Promise<Answer | undefined | false> | Answer | undefined | false,
  timeoutMs = 8_000,
): Promise<Exclude<Answer, undefined | false>> {
  const giveUpAt = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<Answer, undefined | false>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > giveUpAt) throw new Error(`no answer within ${timeoutMs} ms`, { cause: last });
    await delay(50);
  }
}
