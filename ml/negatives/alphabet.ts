// What a negative may be made of: one style of one typeface. It does not know fonts.

import type { Ink } from '../raster/ink.ts';

/**
 * Characters no one reads as a digit in any ordinary typeface. Left out on purpose: B D G I O Q S Z b g i j l o q s z
 * and `%`, whose shapes or parts are digits somewhere; upright bars and rings are fair ones and zeros.
 */
export const LETTERS = [...'ACEFHJKLMNPRTUVWXYacdefhkmnprtuvwxy@#&?*+=<>$'] as const;
export type Letter = string;

export interface Alphabet {
  /** [10] the digits 0 … 9; all there. */
  digits: readonly Ink[];
  /** The characters of LETTERS that the typeface has and that pass `lettersOf`. */
  letters: readonly { character: Letter; ink: Ink }[];
}
