import { describe, expect, it } from 'vitest';
import { compareReadings } from '../../ml/paired.ts';

const classes = ['0', '1', 'none'];
const ZERO = [0.8, 0.1, 0.1];
const ONE = [0.1, 0.8, 0.1];
const rows = (...values: number[][]): Float32Array => Float32Array.from(values.flat());

describe('compareReadings', () => {
  it('sorts the digit samples by who reads them right and leaves out the negatives', () => {
    const challenger = rows(ZERO, ZERO, ONE, ONE, ZERO);
    const champion = rows(ZERO, ONE, ONE, ZERO, ONE);
    expect(compareReadings(challenger, champion, [0, 0, 0, 1, 2], classes)).toMatchObject({
      both: 1,
      onlyChallenger: 2,
      onlyChampion: 0,
      neither: 1,
    });
  });
  it('says how often chance would part equal models that far', () => {
    const chanceOf = (wins: number, losses: number): number => {
      const challenger = rows(...Array.from({ length: wins + losses }, (_, i) => (i < wins ? ZERO : ONE)));
      const champion = rows(...Array.from({ length: wins + losses }, (_, i) => (i < wins ? ONE : ZERO)));
      const labels = new Uint8Array(wins + losses);
      return compareReadings(challenger, champion, labels, classes).chance;
    };
    expect(chanceOf(0, 0)).toBe(1);
    expect(chanceOf(5, 5)).toBe(1);
    expect(chanceOf(5, 0)).toBeCloseTo(0.0625, 12);
    expect(chanceOf(8, 2)).toBeCloseTo(0.109375, 12); // R: binom.test(8, 10)
    expect(chanceOf(1_500, 500)).toBeLessThan(1e-100); // no underflow to NaN on the way
  });
  it('refuses lengths that differ', () => {
    expect(() => compareReadings(rows(ZERO), rows(ZERO, ONE), [0], classes)).toThrow('expected 1 × 3 numbers each');
  });
});
