import { expect, it } from 'vitest';
import { rateAt } from '../../../ml/training/schedule.ts';

const schedule = { trainSteps: 100, peakRate: 0.5, warmupShare: 0.2 };

it('the rate grows linearly, peaks at the end of the warm-up and falls linearly', () => {
  expect(rateAt(1, schedule)).toBeCloseTo(0.025, 12);
  expect(rateAt(10, schedule)).toBeCloseTo(0.25, 12);
  expect(rateAt(20, schedule)).toBe(0.5);
  expect(rateAt(60, schedule)).toBeCloseTo((0.5 * 41) / 81, 12);
  expect(rateAt(100, schedule)).toBeCloseTo(0.5 / 81, 12);
});

it('the rate is positive and at most its peak at every step of any schedule', () => {
  for (const trainSteps of [1, 2, 7]) {
    for (const warmupShare of [0, 0.2, 0.5, 1]) {
      for (let step = 1; step <= trainSteps; step++) {
        const rate = rateAt(step, { trainSteps, peakRate: 1, warmupShare });
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(1);
      }
    }
  }
});
