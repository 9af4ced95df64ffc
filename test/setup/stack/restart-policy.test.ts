import { expect, test } from 'vitest';
import { decideRestart, DEFAULT_RESTART_POLICY as policy } from '../../../setup/stack/restart-policy.ts';

test('each crash within a minute doubles the wait, and the fifth ends the part', () => {
  const times = [0, 1_000, 2_000, 3_000, 4_000];
  const decisions = times.map((_, index) => decideRestart(times.slice(0, index + 1), true, policy));
  expect(decisions).toEqual([
    { decision: 'restart', delayMs: 250 },
    { decision: 'restart', delayMs: 500 },
    { decision: 'restart', delayMs: 1_000 },
    { decision: 'restart', delayMs: 2_000 },
    { decision: 'giveUp' },
  ]);
});

test('crashes that lie further apart are forgotten', () => {
  const times = [0, 20_000, 40_000, 60_000, 80_000];
  expect(decideRestart(times, true, policy)).toEqual({ decision: 'restart', delayMs: 1_000 });
});

test('a part that was never ready is given up after three tries, however long each took', () => {
  expect(decideRestart([0, 100_000], false, policy).decision).toBe('restart');
  expect(decideRestart([0, 100_000, 200_000], false, policy).decision).toBe('giveUp');
});
