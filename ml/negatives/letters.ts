// Letters and symbols: alone, and as short words.

import type { Random } from '../random.ts';
import { joinInk, type Ink } from '../raster/ink.ts';
import { LETTERS, type Alphabet } from './alphabet.ts';

/** A typeface with few letters is asked this often for one it has. */
const TRIES = 24;

/** One letter or symbol; undefined where the typeface has next to none. */
export function letter(alphabet: Alphabet, random: Random): Ink | undefined {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const ink = alphabet.letter(LETTERS[random.integer(LETTERS.length)]!);
    if (ink !== undefined) return ink;
  }
  return undefined;
}

/** Two to four letters on one baseline, 4 to 14 pixels apart at size 100. */
export function word(alphabet: Alphabet, random: Random): Ink | undefined {
  const length = 2 + random.integer(3);
  const parts: { ink: Ink; dx: number; dy: number }[] = [];
  let right = 0;
  for (let i = 0; i < length; i++) {
    const ink = letter(alphabet, random);
    if (ink === undefined) return undefined;
    const gap = 4 + random.integer(11);
    parts.push({ ink, dx: right + gap - ink.left, dy: 0 });
    right += gap + ink.width;
  }
  return joinInk(parts);
}
