import { describe, expect, it } from 'vitest';
import { log } from '../../ml/math.ts';
import { measure } from '../../ml/metrics.ts';
import { logitsOf, softmax } from '../../ml/probabilities.ts';
import { proportionOf } from '../../ml/proportion.ts';
import { createRandom } from '../../ml/random.ts';
import { createReliabilityCounter } from '../../ml/reliability.ts';

const classes = ['0', '1', 'none'];
const logits = logitsOf(
  Float32Array.from(
    [
      [0.9, 0.05, 0.05], // print 0, right
      [0.3, 0.6, 0.1], //   print 0, read as 1 under the threshold
      [0.2, 0.3, 0.5], //   handwriting 1: none, yet the best digit is right
      [0.1, 0.8, 0.1], //   handwriting 1, right
      [0.8, 0.1, 0.1], //   none, a false digit
      [0.1, 0.1, 0.8], //   none, right
    ].flat(),
  ),
);
const metrics = measure({
  classes,
  logits,
  labels: [0, 0, 1, 1, 2, 2],
  threshold: 0.7,
  sources: { names: ['print', 'handwriting', 'negatives', 'unused'], indices: [0, 0, 1, 1, 2, 2] },
});

describe('measure', () => {
  it('takes accuracy over the digits alone, on digit samples alone', () => {
    expect(metrics.accuracy).toMatchObject({ count: 3, of: 4, value: 0.75 });
    expect(metrics.accuracyAllClasses).toMatchObject({ count: 3, of: 6 });
  });
  it('counts what the decision rule keeps, gets wrong and claims falsely', () => {
    expect(metrics.recallAtThreshold).toMatchObject({ count: 2, of: 4 });
    expect(metrics.wrongAtThreshold).toMatchObject({ count: 0, of: 4 });
    expect(metrics.falseDigits).toMatchObject({ count: 1, of: 2 });
    expect(metrics.decisions).toEqual({ digit: 3, uncertain: 1, none: 2 });
  });
  it('lays the confusion matrix out as true class by class read', () => {
    expect(metrics.confusion).toEqual([
      [1, 1, 0],
      [0, 1, 1],
      [1, 0, 1],
    ]);
    expect(metrics.classes[1]).toEqual({ class: '1', support: 2, predicted: 2, precision: 0.5, recall: 0.5, f1: 0.5 });
  });
  it('takes the mean cross-entropy as loss', () => {
    const expected = -[0.9, 0.3, 0.3, 0.8, 0.1, 0.8].reduce((sum, p) => sum + log(p), 0) / 6;
    expect(metrics.loss).toBeCloseTo(expected, 6);
  });
  it('tells the sources apart, leaves out those without samples, and has null for a share of nothing', () => {
    expect(Object.keys(metrics.bySource)).toEqual(['print', 'handwriting', 'negatives']);
    expect(metrics.bySource['print']?.accuracy).toMatchObject({ count: 1, of: 2 });
    expect(metrics.bySource['handwriting']?.accuracy).toMatchObject({ count: 2, of: 2 });
    expect(metrics.bySource['negatives']?.accuracy).toBeNull();
    expect(metrics.bySource['print']?.falseDigits).toBeNull();
    expect(metrics.bySource['print']?.classes[1]).toMatchObject({ support: 0, recall: null, f1: null });
  });
  it('adds up: sources, confusion, bins and decisions all count every sample once', () => {
    const random = createRandom(7);
    const count = 5_000;
    const big = measure({
      classes,
      logits: Float32Array.from({ length: count * 3 }, () => random.normal() * 3),
      labels: Int32Array.from({ length: count }, () => random.integer(3)),
      threshold: 0.6,
      sources: { names: ['a', 'b'], indices: Uint8Array.from({ length: count }, () => random.integer(2)) },
    });
    const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(Object.values(big.bySource).map((source) => source.count))).toBe(count);
    expect(sum(big.confusion.flat())).toBe(count);
    expect(sum(big.reliability.map((bin) => bin.count))).toBe(count);
    expect(sum(Object.values(big.decisions))).toBe(count);
  });
  it('refuses lengths, labels and sources that do not fit', () => {
    const sources = { names: ['a'], indices: [0] };
    const row = Float32Array.of(1, 2, 3);
    const fit = { classes, logits: row, labels: [0], threshold: 0.5, sources };
    expect(() => measure({ ...fit, logits: Float32Array.of(1) })).toThrow('expected 1 × 3 numbers, got 1');
    expect(() => measure({ ...fit, labels: [3] })).toThrow('expected a label under 3');
    expect(() => measure({ ...fit, sources: { names: ['a'], indices: [1] } })).toThrow('a source under 1');
    expect(() => measure({ ...fit, sources: { names: ['a'], indices: [] } })).toThrow('expected 1 indices');
  });
});

describe('proportionOf', () => {
  it('gives the Wilson interval', () => {
    const share = proportionOf(95, 100);
    expect(share?.low).toBeCloseTo(0.8882, 4); // R: prop.test(95, 100, correct = FALSE)
    expect(share?.high).toBeCloseTo(0.9785, 4);
  });
  it('stays inside 0–1 and keeps a width at the ends', () => {
    expect(proportionOf(0, 20)).toMatchObject({ value: 0, low: 0 });
    expect(proportionOf(20, 20)?.low).toBeCloseTo(0.8389, 4);
    expect(proportionOf(20, 20)?.high).toBe(1);
    expect(proportionOf(0, 0)).toBeNull();
  });
});

describe('reliability', () => {
  it('weighs the gap of each bin by its samples', () => {
    const counter = createReliabilityCounter();
    for (let i = 0; i < 10; i++) counter.add(0.95, i < 7); // gap 0.25
    for (let i = 0; i < 10; i++) counter.add(0.5, i < 5); //  gap 0
    expect(counter.error()).toBeCloseTo(0.125, 12);
    expect(counter.bins().filter((bin) => bin.count > 0)).toHaveLength(2);
  });
  it('puts 0 into the first and 1 into the last bin', () => {
    const counter = createReliabilityCounter();
    counter.add(0, false);
    counter.add(1, true);
    expect(counter.bins()[0]?.count).toBe(1);
    expect(counter.bins()[14]?.count).toBe(1);
  });
});

describe('softmax', () => {
  it('sums to one, also for huge logits, and turns back into logits', () => {
    const probabilities = softmax(Float32Array.of(1000, 999, -1000, 0, 0, 0), 3);
    expect(probabilities[0]! + probabilities[1]! + probabilities[2]!).toBeCloseTo(1, 6);
    expect(probabilities[3]).toBeCloseTo(1 / 3, 6);
    const again = softmax(logitsOf(probabilities), 3);
    for (let i = 0; i < 6; i++) expect(again[i]).toBeCloseTo(probabilities[i]!, 6);
  });
  it('is softer at a higher temperature', () => {
    expect(softmax(Float32Array.of(2, 0), 2, 2)[0]).toBeCloseTo(softmax(Float32Array.of(1, 0), 2)[0]!, 6);
  });
});
