import { describe, expect, it } from 'vitest';
import {
  chooseGolden,
  decodeGolden,
  encodeGolden,
  largestDifference,
  MalformedGolden,
} from '../../../ml/export/golden.ts';
import { softmax } from '../../../ml/probabilities.ts';
import { createRandom } from '../../../ml/random.ts';
import { CLASSES } from './sample-networks.ts';

const COUNT = 400;
const random = createRandom(21);
const labels = Int32Array.from({ length: COUNT }, () => random.integer(CLASSES.length));
const logits = Float32Array.from({ length: COUNT * CLASSES.length }, () => random.normal() * 4);
const labelled = { classes: CLASSES, labels, probabilities: softmax(logits, CLASSES.length) };
const images = Uint8Array.from({ length: COUNT * 1024 }, () => random.integer(256));

const confidenceOf = (sample: number): number =>
  Math.max(...labelled.probabilities.subarray(sample * CLASSES.length, (sample + 1) * CLASSES.length));

describe('golden inputs', () => {
  const chosen = chooseGolden(labelled);

  it('are 32 different samples, the 16 least certain among them', () => {
    expect(new Set(chosen).size).toBe(32);
    const all = Array.from({ length: COUNT }, (_, sample) => sample).sort((a, b) => confidenceOf(a) - confidenceOf(b));
    expect(chosen.slice(0, 16)).toEqual(all.slice(0, 16));
  });
  it('hold every class', () => {
    expect(new Set(chosen.slice(16).map((sample) => labels[sample])).size).toBe(CLASSES.length);
  });
  it('are all there is when there are fewer samples, and filled up when a class has too few', () => {
    const few = {
      classes: ['0', '1'],
      labels: [0, 0, 0],
      probabilities: Float32Array.of(0.9, 0.1, 0.6, 0.4, 0.7, 0.3),
    };
    expect(chooseGolden(few)).toEqual([1, 2, 0]);
    const uneven = { ...labelled, labels: new Int32Array(COUNT) };
    expect(new Set(chooseGolden(uneven)).size).toBe(32);
  });
  it('come back from their file as they were', () => {
    const golden = decodeGolden(encodeGolden(labelled, chosen, images), CLASSES.length);
    expect(golden.images.subarray(1024, 2048)).toEqual(images.subarray(chosen[1]! * 1024, (chosen[1]! + 1) * 1024));
    expect(golden.labels[5]).toBe(CLASSES[labels[chosen[5]!]!]);
    const first = labelled.probabilities.subarray(chosen[0]! * CLASSES.length, (chosen[0]! + 1) * CLASSES.length);
    expect(golden.probabilities.subarray(0, CLASSES.length)).toEqual(first);
  });
  it('are refused when the file is something else or belongs to another model', () => {
    const bytes = encodeGolden(labelled, chosen, images);
    expect(() => decodeGolden(Uint8Array.of(1, 2), 11)).toThrow(MalformedGolden);
    for (const text of ['null', '{"schemaVersion":2,"inputs":[]}', '{"schemaVersion":1,"inputs":[{"image":"?"}]}'])
      expect(() => decodeGolden(new TextEncoder().encode(text), 11)).toThrow(MalformedGolden);
    expect(() => decodeGolden(bytes, 10)).toThrow('expected 1024 pixels and 10 probabilities, got 1024 and 11');
  });
});

describe('largestDifference', () => {
  it('finds the largest one and never lets NaN pass', () => {
    expect(largestDifference(Float32Array.of(0.5, 0.25), Float32Array.of(0.5, 0.75))).toBe(0.5);
    expect(largestDifference(Float32Array.of(0.5), Float32Array.of(NaN))).toBe(Infinity);
    expect(() => largestDifference(Float32Array.of(1), Float32Array.of())).toThrow(RangeError);
  });
});
