import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyColumns, createColumns, NO_GROUP, type Sample, type SampleColumns } from '../../../ml/dataset/samples.ts';
import { CannotSplit, splitSamples, type SplitOptions } from '../../../ml/dataset/splits.ts';
import { createRandom } from '../../../ml/random.ts';
import { sampleOf, samplesOf, someSamples } from './samples-of.ts';

const options = (changes: Partial<SplitOptions> = {}): SplitOptions => ({
  rule: 'grouped',
  seed: 1,
  trainRatio: 0.64,
  validationRatio: 0.16,
  ...changes,
});

/** As in Char74K: typefaces of four styles of ten digits, some styles equal to another typeface's. */
function typefaces(count: number, seed: number, copies = 0.1): SampleColumns {
  const random = createRandom(seed);
  const samples: Sample[] = [];
  for (let group = 0; group < count; group++) {
    for (let style = 0; style < 4; style++) {
      for (let label = 0; label < 10; label++) {
        const id = samples.length > 40 && random.chance(copies) ? random.integer(samples.length) : samples.length;
        samples.push(sampleOf(id, { group, label }));
      }
    }
  }
  return samplesOf(samples);
}

const sizes = (sides: Uint8Array): number[] =>
  [0, 1, 2].map((side) => sides.filter((value) => value === side).length / sides.length);

describe('the grouped split', () => {
  it('never parts a group or identical pixels', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 20, max: 60 }), (seed, groups) => {
        const { leakage, sides } = splitSamples(typefaces(groups, seed, 0.002), options({ seed }));
        expect(leakage).toMatchObject({ method: 'grouped', sharedGroups: 0, sharedPixels: 0, testPixelsInTrain: 0 });
        expect(sides.length).toBe(groups * 40);
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  it('keeps to the shares, class by class', () => {
    const columns = typefaces(204, 1, 0);
    const { sides } = splitSamples(columns, options());
    for (let label = 0; label < 10; label++) {
      const [train, validation, test] = sizes(sides.filter((_, i) => columns.labels[i] === label));
      expect(train).toBeCloseTo(0.64, 1);
      expect(validation).toBeCloseTo(0.16, 1);
      expect(test).toBeCloseTo(0.2, 1);
    }
  });

  it('follows chains: a and b share a group, b and c share pixels', () => {
    const chain = [sampleOf(1, { group: 0 }), sampleOf(2, { group: 0 }), sampleOf(2, { group: 1 })];
    const others = Array.from({ length: 20 }, (_, i) => sampleOf(10 + i));
    const { sides } = splitSamples(samplesOf([...chain, ...others]), options());
    expect(new Set(sides.subarray(0, 3)).size).toBe(1);
  });

  it('depends on the seed, and on nothing else', () => {
    const columns = typefaces(50, 3, 0.002);
    const first = splitSamples(columns, options({ seed: 8 })).sides;
    expect(splitSamples(columns, options({ seed: 8 })).sides).toEqual(first);
    expect(splitSamples(columns, options({ seed: 9 })).sides).not.toEqual(first);
  });

  it('refuses a dataset of one group', () => {
    expect(() => splitSamples(typefaces(1, 1), options())).toThrow(CannotSplit);
  });
});

describe('the random split', () => {
  it('is stratified to the sample and reports the pixels it leaks', () => {
    const columns = typefaces(100, 2, 0.2);
    const { sides, leakage } = splitSamples(columns, options({ rule: 'random' }));
    for (let label = 0; label < 10; label++) {
      expect(sizes(sides.filter((_, i) => columns.labels[i] === label))).toEqual([0.64, 0.16, 0.2]);
    }
    expect(leakage.sharedGroups).toBeGreaterThan(90);
    expect(leakage.testPixelsInTrain).toBeGreaterThan(50);
    expect(leakage.sharedPixels).toBeGreaterThan(leakage.testPixelsInTrain);
  });
});

describe('the built-in split', () => {
  const families = Array.from({ length: 120 * 4 }, (_, i) => sampleOf(i, { group: i >> 2, label: i % 10 }));
  const heldOut = Array.from({ length: 30 }, (_, i) =>
    sampleOf(1000 + i, { group: 120 + (i >> 1), splitHint: 'test' }),
  );
  const letters = Array.from({ length: 480 }, (_, i) => sampleOf(2000 + i, { group: i % 120, label: 10, source: 2 }));
  const handwriting = Array.from({ length: 1000 }, (_, i) => sampleOf(4000 + i, { label: i % 10, source: 1 }));
  const columns = samplesOf([...families, ...heldOut, ...letters, ...handwriting]);
  const { sides, leakage } = splitSamples(columns, options({ rule: 'builtin', seed: 4 }));

  it('gives 10 of 120 typefaces to validation, one from each stretch, with their letters', () => {
    const chosen = new Set<number>();
    for (let i = 0; i < families.length; i++) if (sides[i] === 1) chosen.add(columns.groups[i]!);
    expect([...chosen].map((group) => Math.floor(group / 12)).sort((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    expect(leakage).toMatchObject({ sharedGroups: 0, sharedPixels: 0, groups: 135, ungroupedSamples: 1000 });
  });

  it('keeps to the hints, and to 80 / 5 / 15 % of the handwriting', () => {
    const at = families.length;
    expect(new Set(sides.subarray(at, at + heldOut.length))).toEqual(new Set([2]));
    expect(sizes(sides.subarray(-1000))).toEqual([0.8, 0.05, 0.15]);
  });
});

describe('columns', () => {
  it('of shards stand in those of the dataset as if they were one', () => {
    const [a, b] = [samplesOf(someSamples(5, 1)), samplesOf(someSamples(7, 2))];
    const joined = createColumns(12);
    copyColumns(a, joined, 0);
    copyColumns(b, joined, 5);
    expect([...joined.labels]).toEqual([...a.labels, ...b.labels]);
    expect([...joined.groups]).toEqual([...a.groups, ...b.groups]);
    expect([...joined.digests]).toEqual([...a.digests, ...b.digests]);
    expect(() => copyColumns(b, joined, 6)).toThrow(RangeError);
    expect(NO_GROUP).toBe(0xffffffff);
  });
});
