// What a negative may be made of: one style of one typeface. It does not know fonts.

import type { Ink } from '../raster/ink.ts';

/**
 * Characters no one reads as a digit in any ordinary typeface. Left out on purpose: B D G I O Q S Z b g i j l o q s z
 * and `%`, whose shapes or parts are digits somewhere; upright bars and rings are fair ones and zeros.
 */
export const LETTERS: readonly string[] = Array.from('ACEFHJKLMNPRTUVWXYacdefhkmnprtuvwxy@#&?*+=<>$');

export interface Alphabet {
  /** [10] the digits 0 … 9; all there. */
  digits: readonly Ink[];
  /** One of LETTERS; undefined where the typeface has none, or one that looks like a digit. */
  letter: (character: string) => Ink | undefined;
}
