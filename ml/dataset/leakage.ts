// Counts what stands on two sides of a split: the proof that a test figure means something.

import { digestKey } from './groups.ts';
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
  const sidesOfPixels = new Map<string, number>();
  let ungroupedSamples = 0;
  for (let sample = 0; sample < columns.count; sample++) {
    const bit = 1 << sides[sample]!;
    const group = columns.groups[sample]!;
    if (group === NO_GROUP) ungroupedSamples++;
    else sidesOfGroup.set(group, (sidesOfGroup.get(group) ?? 0) | bit);
    const key = digestKey(columns.digests, sample);
    sidesOfPixels.set(key, (sidesOfPixels.get(key) ?? 0) | bit);
  }
  let sharedPixels = 0;
  let testPixelsInTrain = 0;
  for (let sample = 0; sample < columns.count; sample++) {
    const bits = sidesOfPixels.get(digestKey(columns.digests, sample))!;
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
    distinctPixels: sidesOfPixels.size,
  };
}
