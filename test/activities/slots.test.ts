import { expect, it } from 'vitest';
import { createSlots } from '../../activities/threads/slots.ts';

it('runs no more at once than there are slots, in order, and frees a slot when work fails', async () => {
  const slots = createSlots(2);
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  const work = (name: number) => async () => {
    begun.push(name);
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (name % 2 === 1) throw new Error(`work ${name}`);
    return name;
  };
  const settled = await Promise.allSettled([0, 1, 2, 3, 4].map((name) => slots(work(name))));
  expect(most).toBe(2);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
  expect(await slots(async () => 'free')).toBe('free');
});
