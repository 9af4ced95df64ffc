import { describe, expect, it } from 'vitest';
import { compareModels, pairedShare, type ModelAnswers } from '../../ml/comparison.ts';

const CLASSES = ['0', '1', 'none'];
type Row = readonly [key: string, label: string, source: string, probabilities: readonly number[]];

const answers = (rows: readonly Row[], classes = CLASSES, threshold = 0.6): ModelAnswers => ({
  classes,
  threshold,
  probabilities: Float32Array.from(rows.flatMap(([, , , row]) => row)),
  labels: rows.map(([, label]) => label),
  sources: rows.map(([, , source]) => source),
  keys: rows.map(([key]) => key),
});

const ZERO = [0.9, 0.05, 0.05];
const ONE = [0.05, 0.9, 0.05];
const UNSURE = [0.5, 0.3, 0.2];
const NONE = [0.1, 0.1, 0.8];

describe('two models on the same samples', () => {
  const a = answers([
    ['p', '0', 'pens', ZERO],
    ['q', '0', 'pens', ONE],
    ['r', '1', 'print', UNSURE],
    ['s', 'none', 'print', NONE],
    ['t', 'none', 'print', ZERO],
  ]);
  const b = answers([
    ['p', '0', 'pens', ZERO],
    ['q', '0', 'pens', UNSURE],
    ['r', '1', 'print', ONE],
    ['s', 'none', 'print', ONE],
    ['t', 'none', 'print', NONE],
  ]);
  const compared = compareModels(a, b);

  it('are counted by who is right: the likeliest digit, what is said at the threshold, false digits', () => {
    expect(compared.common).toBe(5);
    expect(compared.all.accuracy).toMatchObject({ of: 3, both: 1, onlyA: 0, onlyB: 2, neither: 0, difference: 2 / 3 });
    expect(compared.all.recallAtThreshold).toMatchObject({ of: 3, both: 1, onlyB: 1, neither: 1 });
    expect(compared.all.wrongAtThreshold).toMatchObject({ of: 3, onlyA: 1, onlyB: 0, neither: 2 });
    expect(compared.all.falseDigits).toMatchObject({ of: 2, onlyA: 1, onlyB: 1, difference: 0 });
  });
  it('are counted by slice, too', () => {
    expect(Object.keys(compared.bySource)).toEqual(['pens', 'print']);
    expect(compared.bySource['pens']).toMatchObject({ common: 2, accuracy: { onlyB: 1 }, falseDigits: null });
    expect(compared.bySource['print']).toMatchObject({ common: 3, accuracy: { of: 1, onlyB: 1 } });
  });
  it('disagree where they say different things, the surest mistakes first', () => {
    const told = compared.disagreements.map(({ a: one, b: other, label, right }) => [
      a.keys[one.sample],
      label,
      one.said,
      other.said,
      right,
    ]);
    expect(told).toEqual([
      ['q', '0', '1', 'uncertain', 'neither'],
      ['s', 'none', 'none', '1', 'a'],
      ['t', 'none', '0', 'none', 'b'],
      ['r', '1', 'uncertain', '1', 'b'],
    ]);
  });
});

describe('two models on different test splits', () => {
  it('are compared on the samples that both have, in whatever order, each as often as both have it', () => {
    const a = answers([
      ['x', '0', 'pens', ZERO],
      ['x', '0', 'pens', ONE],
      ['only a', '0', 'pens', ONE],
      ['y', '1', 'pens', ONE],
    ]);
    const b = answers([
      ['y', '1', 'other', ZERO],
      ['only b', '1', 'pens', ZERO],
      ['x', '0', 'pens', ZERO],
    ]);
    const compared = compareModels(a, b);
    expect(compared.common).toBe(2);
    expect(compared.all.accuracy).toMatchObject({ both: 1, onlyA: 1 });
    expect(Object.keys(compared.bySource)).toEqual(['pens']); // what the datasets name differently is no slice of both
    expect(compared.disagreements.map(({ a: one, b: other }) => [one.sample, other.sample])).toEqual([[3, 0]]);
  });
  it('have nothing to say where they have no sample in common', () => {
    const compared = compareModels(answers([['x', '0', 'pens', ZERO]]), answers([['y', '0', 'pens', ZERO]]));
    expect(compared).toEqual({
      common: 0,
      all: { accuracy: null, recallAtThreshold: null, wrongAtThreshold: null, falseDigits: null },
      bySource: {},
      disagreements: [],
    });
  });
  it('may have other classes: what counts are names', () => {
    const a = answers([['x', '1', 'pens', ONE]]);
    const b = answers([['x', '1', 'pens', [0.9, 0.1]]], ['1', '7']);
    expect(compareModels(a, b)).toMatchObject({ all: { accuracy: { both: 1 } }, disagreements: [] });
  });
  it('are refused when lengths do not fit', () => {
    const a = answers([['x', '1', 'pens', ONE]]);
    expect(() => compareModels({ ...a, probabilities: new Float32Array(4) }, a)).toThrow(RangeError);
  });
});

describe('the difference of two shares of the same samples', () => {
  it('has the interval that its formula gives by hand', () => {
    const share = pairedShare({ both: 132, onlyA: 107, onlyB: 9, neither: 15 })!;
    expect(share.difference).toBeCloseTo(-98 / 263, 12);
    // With half a sample added to each count: −98/265 ± 1.95996 · √(117 − 98²/265) / 265.
    expect(share.low).toBeCloseTo(-0.436277, 6);
    expect(share.high).toBeCloseTo(-0.303346, 6);
    expect(share.chance).toBeLessThan(1e-15);
  });
  it('keeps an interval where no sample speaks for a side', () => {
    const share = pairedShare({ both: 100, onlyA: 0, onlyB: 0, neither: 0 })!;
    expect(share.difference).toBe(0);
    expect(share.low).toBeLessThan(-0.01);
    expect(share.high).toBeGreaterThan(0.01);
    expect(share.chance).toBe(1);
  });
});
