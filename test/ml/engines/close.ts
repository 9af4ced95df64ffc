import { expect } from 'vitest';

/** Every difference is at most `tolerance` × the largest expected magnitude. */
export function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(expected.length);
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    // Written so that a NaN counts as infinitely far.
    const distance = Math.abs(got[i]! - expected[i]!);
    difference = distance <= difference ? difference : Number.isNaN(distance) ? Infinity : distance;
  }
  expect(difference).toBeLessThanOrEqual(tolerance * largest);
}
