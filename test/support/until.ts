// Waiting for a condition.

import { setTimeout as delay } from 'node:timers/promises';

/** Far more than anything takes on a machine that does twenty things at once: whoever is not kept waiting does not pay for it. */
export const PATIENCE_MS = 120_000;

/** Asks until the answer is neither undefined nor false; a question that throws counts as not yet. @throws when patience ends */
export async function until<Answer>(
  ask: () => Promise<Answer | undefined | false> | Answer | undefined | false,
): Promise<Exclude<Answer, undefined | false>> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<Answer, undefined | false>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > giveUpAt) throw new Error(`no answer within ${PATIENCE_MS} ms`, { cause: last });
    await delay(50);
  }
}
