// Letters and symbols: alone, and as short words.

import type { Random } from '../random.ts';
import { joinInk, type Ink } from '../raster/ink.ts';
import type { Alphabet } from './alphabet.ts';

/** One letter or symbol. */
export function letter(alphabet: Alphabet, random: Random): Ink {
  return alphabet.letters[random.integer(alphabet.letters.length)]!.ink;
}

/** Two to four letters on one baseline, 4 to 14 pixels apart at size 100. */
export function word(alphabet: Alphabet, random: Random): Ink {
  const length = 2 + random.integer(3);
  const parts: { ink: Ink; dx: number; dy: number }[] = [];
  let right = 0;
  for (let i = 0; i < length; i++) {
    const ink = letter(alphabet, random);
    const gap = 4 + random.integer(11);
    parts.push({ ink, dx: right + gap - ink.left, dy: 0 });
    right += gap + ink.width;
  }
  return joinInk(parts);
}
