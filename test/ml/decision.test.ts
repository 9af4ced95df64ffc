import { describe, expect, it } from 'vitest';
import { decide } from '../../ml/decision.ts';
import { thresholdForRecall } from '../../ml/threshold.ts';

const classes = ['0', '1', 'none'];

describe('decide', () => {
  it('says none when none beats every digit, and still names the likeliest digit', () => {
    expect(decide([0.1, 0.3, 0.6], classes, 0)).toEqual({ label: '1', probability: 0.3, decision: 'none' });
  });
  it('says digit at the threshold and uncertain under it', () => {
    expect(decide([0.7, 0.2, 0.1], classes, 0.7).decision).toBe('digit');
    expect(decide([0.7, 0.2, 0.1], classes, 0.71).decision).toBe('uncertain');
  });
  it('gives a tie between a digit and none to the digit', () => {
    expect(decide([0.5, 0, 0.5], classes, 0.2)).toEqual({ label: '0', probability: 0.5, decision: 'digit' });
  });
  it('works without a class none, wherever it stands and whatever the others are called', () => {
    expect(decide([0.1, 0.9], ['A', 'B'], 0.5)).toEqual({ label: 'B', probability: 0.9, decision: 'digit' });
    expect(decide([0.8, 0.2], ['none', '7'], 0.5)).toEqual({ label: '7', probability: 0.2, decision: 'none' });
  });
  it('refuses probabilities that do not fit the classes', () => {
    expect(() => decide([0.5, 0.5], classes, 0.5)).toThrow('expected 3 probabilities, one a class, got 2');
    expect(() => decide([1], ['none'], 0.5)).toThrow("expected a class besides 'none'");
  });
});

/** Rows of [p(0), p(1), p(none)]. */
const rows = (...values: number[][]): Float32Array => Float32Array.from(values.flat());

describe('thresholdForRecall', () => {
  const probabilities = rows(
    [0.95, 0.03, 0.02], // right
    [0.9, 0.05, 0.05], //  right
    [0.2, 0.75, 0.05], //  right
    [0.6, 0.3, 0.1], //    right
    [0.85, 0.1, 0.05], //  wrong: a 1 read as 0
    [0.8, 0.1, 0.1], //    none, claimed as 0
    [0.1, 0.2, 0.7], //    none
  );
  const labels = [0, 0, 1, 0, 1, 2, 2];

  it('keeps the wanted share of digits that are read right, at the highest threshold', () => {
    const chosen = thresholdForRecall(probabilities, labels, classes, 0.6); // 3 of 5 digits
    expect(chosen).toEqual({ threshold: 0.75, recall: 0.6, reached: true, falseDigitRate: 0.5 });
  });
  it('lets go of false digits as the target falls', () => {
    const chosen = thresholdForRecall(probabilities, labels, classes, 0.4);
    expect(chosen).toEqual({ threshold: 0.8999, recall: 0.4, reached: true, falseDigitRate: 0 });
  });
  it('says so when not even threshold 0 keeps enough, because mistakes are not recall', () => {
    const chosen = thresholdForRecall(probabilities, labels, classes, 0.99);
    expect(chosen).toMatchObject({ threshold: 0, recall: 0.8, reached: false });
  });
  it('stays at 0.9 or below, where a sure model would turn away good digits for nothing', () => {
    const sure = rows([0.99995, 0, 0.00005], [0.9999, 0, 0.0001], [0, 0.9998, 0.0002], [0.0001, 0, 0.9999]);
    const chosen = thresholdForRecall(sure, [0, 0, 1, 2], classes, 0.5);
    expect(chosen).toEqual({ threshold: 0.9, recall: 1, reached: true, falseDigitRate: 0 });
  });
  it('has no false digit rate on a dataset without none', () => {
    const chosen = thresholdForRecall(Float32Array.of(0.9, 0.1, 0.2, 0.8), [0, 1], ['0', '1'], 1);
    expect(chosen).toEqual({ threshold: 0.8, recall: 1, reached: true, falseDigitRate: null });
  });
  it('refuses a target outside 0–1 and lengths that do not fit', () => {
    expect(() => thresholdForRecall(probabilities, labels, classes, 1.5)).toThrow(RangeError);
    expect(() => thresholdForRecall(probabilities, [0], classes, 0.5)).toThrow('expected 1 × 3 numbers, got 21');
  });
});
