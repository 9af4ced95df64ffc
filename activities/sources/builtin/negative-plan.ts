// How many negatives each typeface gives, and which of them is for what.

import { TEXTURE_SHARE } from '../../../ml/negatives/make-negative.ts';
import type { SplitHint } from '../../../ml/dataset/samples.ts';

/** The share made from held-out typefaces and for the test split. */
const TEST_SHARE = 0.2;
/** One in five is for the test split, one in twelve of the rest for validation: as the built-in split does by typeface. */
const TEST_EVERY = 5;
const VALIDATION_EVERY = 12;

export interface NegativePlan {
  /** The numbers of one typeface's negatives, each used once over all typefaces. */
  numbersOf(typeface: { heldOut: boolean; position: number }): number[];
  textures: { number: number; splitHint: SplitHint }[];
}

/** @param families how many training and held-out typefaces there are; typefaces share evenly */
export function planNegatives(count: number, families: { training: number; heldOut: number }): NegativePlan {
  const textureCount = Math.round(count * TEXTURE_SHARE);
  const drawn = count - textureCount;
  const forTest = families.heldOut === 0 ? 0 : Math.round(drawn * TEST_SHARE);
  const forTraining = drawn - forTest;
  return {
    numbersOf({ heldOut, position }) {
      const [start, end, step] = heldOut
        ? [forTraining + position, drawn, families.heldOut]
        : [position, forTraining, families.training];
      const numbers: number[] = [];
      for (let number = start; number < end; number += step) numbers.push(number);
      return numbers;
    },
    textures: Array.from({ length: textureCount }, (_, number) => ({ number, splitHint: hintOf(number) })),
  };
}

function hintOf(number: number): SplitHint {
  if (number % TEST_EVERY === 0) return 'test';
  const rank = number - Math.floor(number / TEST_EVERY) - 1;
  return rank % VALIDATION_EVERY === 0 ? 'validation' : 'train';
}
