import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cos, exp, log, pow, sin } from '../../ml/math.ts';
import { createRandom } from '../../ml/random.ts';

const COUNT = 5000;
const drawn = (low: number, high: number): Float64Array => {
  const random = createRandom(1, Math.round(high));
  return Float64Array.from({ length: COUNT }, () => random.between(low, high));
};
const relative = (got: number, expected: number): number =>
  Math.abs(got - expected) / Math.max(Math.abs(expected), 1e-300);
const worst = (values: Float64Array, error: (x: number) => number): number =>
  values.reduce((most, x) => Math.max(most, error(x)), 0);

describe('math', () => {
  it('agrees with the engine’s own functions to 1e-14', () => {
    expect(worst(drawn(-700, 700), (x) => relative(exp(x), Math.exp(x)))).toBeLessThan(1e-14);
    expect(worst(drawn(-1, 1), (x) => relative(exp(x), Math.exp(x)))).toBeLessThan(1e-14);
    expect(worst(drawn(1e-9, 10), (x) => Math.abs(log(x) - Math.log(x)))).toBeLessThan(1e-14);
    expect(worst(drawn(1, 1e12), (x) => relative(log(x), Math.log(x)))).toBeLessThan(1e-14);
    expect(worst(drawn(0.1, 10), (x) => relative(pow(x, 2.5), Math.pow(x, 2.5)))).toBeLessThan(1e-14);
    for (const range of [1, 10, 1e5]) {
      expect(worst(drawn(-range, range), (x) => Math.abs(sin(x) - Math.sin(x)))).toBeLessThan(1e-14);
      expect(worst(drawn(-range, range), (x) => Math.abs(cos(x) - Math.cos(x)))).toBeLessThan(1e-14);
    }
  });

  it('has the right values at the edges of its ranges', () => {
    expect([exp(-1000), exp(1000), exp(0), log(0), log(1), sin(0), cos(0)]).toEqual([
      0,
      Infinity,
      1,
      -Infinity,
      0,
      0,
      1,
    ]);
    expect(log(Infinity)).toBe(Infinity);
    expect([exp(NaN), log(-1), log(NaN)]).toEqual([NaN, NaN, NaN]);
  });

  it('gives the same bits everywhere', () => {
    const values = Float64Array.from(drawn(0.01, 50), (x) => exp(x) + log(x) * sin(x) - cos(x));
    expect(createHash('sha256').update(values).digest('hex').slice(0, 16)).toBe('5e51bb34cec1faa7');
  });
});
