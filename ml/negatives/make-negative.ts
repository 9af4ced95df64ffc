// Pictures of class `none`: what a camera meets that is not a digit, each made from a stream of its own, so that any of
// them can be made anywhere with the same bytes.

import type { GrayImage } from '../image/gray-image.ts';
import { createRandom, type Random } from '../random.ts';
import { onPaper } from '../raster/ink.ts';
import type { Alphabet } from './alphabet.ts';
import { closeUp, halfDigit, joinedDigits } from './broken-digits.ts';
import { letter, word } from './letters.ts';
import { texture } from './textures.ts';

/** The share of each kind in all negatives (data recipe): one list, so that it adds up to 1 in one place. */
const SHARES = { letter: 0.42, word: 0.08, half: 0.075, joined: 0.075, closeUp: 0.15 } as const;

/** The share that needs no typeface. */
export const TEXTURE_SHARE = 0.2;

/** Streams of random choices. */
const STREAM = { typeface: 0x6e01, texture: 0x6e02 } as const;

/** A broken digit or a window may come out as a digit after all; then another try, and in the end a letter. */
const TRIES = 8;

export type TypefaceNegative = keyof typeof SHARES;

/** A negative of one style of a typeface, named (seed, number). */
export function typefaceNegative(
  alphabet: Alphabet,
  seed: number,
  number: number,
): { kind: TypefaceNegative; image: GrayImage } {
  const random = createRandom(seed, STREAM.typeface, number);
  const kind = chooseKind(random);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const ink = makers[kind](alphabet, random);
    if (ink !== undefined) return { kind, image: onPaper(ink) };
  }
  const ink = letter(alphabet, random);
  return ink === undefined
    ? { kind: 'joined', image: onPaper(joinedDigits(alphabet, random)) }
    : { kind: 'letter', image: onPaper(ink) };
}

/** A negative without any character, named (seed, number). */
export function textureNegative(seed: number, number: number): { kind: string; image: GrayImage } {
  return texture(createRandom(seed, STREAM.texture, number));
}

const makers = { letter, word, half: halfDigit, joined: joinedDigits, closeUp } as const;

function chooseKind(random: Random): TypefaceNegative {
  let left = random.uniform() * (1 - TEXTURE_SHARE);
  for (const [kind, share] of Object.entries(SHARES) as [TypefaceNegative, number][]) {
    if (left < share) return kind;
    left -= share;
  }
  return 'letter';
}
