// Counts what stands on two sides of a split: the proof that a test figure means something.

import { numberPixels } from './digest-index.ts';
import { NO_GROUP, type SampleColumns } from './samples.ts';

export interface LeakageReport {
  /** How the split was made. */
  method: string;
  /** Groups with samples on more than one side. */
  sharedGroups: number;
  /** Samples whose exact pixels also stand on another side. */
  sharedPixels: number;
  /** Test samples whose exact pixels also stand in the train split: what flatters a test figure most. */
  testPixelsInTrain: number;
  /** Groups in all. */
  groups: number;
  /** Samples without a group. */
  ungroupedSamples: number;
  /** Different images in all. */
  distinctPixels: number;
}

const TRAIN_BIT = 1;
const TEST_BIT = 4;

/** @param sides [count] 0 train, 1 validation, 2 test */
export function measureLeakage(method: string, columns: SampleColumns, sides: Uint8Array): LeakageReport {
  const sidesOfGroup = new Map<number, number>();
  const pixels = numberPixels(columns);
  const sidesOfPixels = new Uint8Array(columns.count); // [different pixels]
  let ungroupedSamples = 0;
  let distinctPixels = 0;
  for (let sample = 0; sample < columns.count; sample++) {
    const bit = 1 << sides[sample]!;
    const group = columns.groups[sample]!;
    if (group === NO_GROUP) ungroupedSamples++;
    else sidesOfGroup.set(group, (sidesOfGroup.get(group) ?? 0) | bit);
    sidesOfPixels[pixels[sample]!]! |= bit;
    if (pixels[sample] === distinctPixels) distinctPixels++;
  }
  let sharedPixels = 0;
  let testPixelsInTrain = 0;
  for (let sample = 0; sample < columns.count; sample++) {
    const bits = sidesOfPixels[pixels[sample]!]!;
    const bit = 1 << sides[sample]!;
    if (bits !== bit) sharedPixels++;
    if (bit === TEST_BIT && (bits & TRAIN_BIT) !== 0) testPixelsInTrain++;
  }
  return {
    method,
    sharedGroups: [...sidesOfGroup.values()].filter((bits) => (bits & (bits - 1)) !== 0).length,
    sharedPixels,
    testPixelsInTrain,
    groups: sidesOfGroup.size,
    ungroupedSamples,
    distinctPixels,
  };
}
