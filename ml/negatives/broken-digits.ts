// Digits that are none any more: halves of one, two or three grown together, and windows too close to see a shape.

import type { Random } from '../random.ts';
import { countHoles } from '../raster/holes.ts';
import { cropInk, cutInk, joinInk, type Ink } from '../raster/ink.ts';
import { letter } from './letters.ts';
import { isUpright } from './shape.ts';
import type { Alphabet } from './alphabet.ts';

type Half = 'top' | 'bottom' | 'left' | 'right';

/**
 * The halves that are no digit themselves. Not here: rings (half an 8, the bowl of 6 and 9), strokes that read as 1 (all
 * of 1, half a 7), and halves from which people still read the whole (most of 2, 3, 4, 5 and 9).
 */
const HALVES: readonly (readonly [digit: number, half: Half])[] = [
  [0, 'top'],
  [0, 'bottom'],
  [0, 'left'],
  [2, 'bottom'],
  [4, 'top'],
  [5, 'top'],
  [6, 'left'],
  [8, 'left'],
];

/** Digits whose details are not an upright stroke by themselves. */
const CURVED = [0, 2, 3, 4, 5, 6, 8, 9] as const;

/** A half of a digit: 33 to 45 % of its height or width. Undefined where the typeface leaves an upright stroke. */
export function halfDigit(alphabet: Alphabet, random: Random): Ink | undefined {
  const [digit, half] = HALVES[random.integer(HALVES.length)]!;
  const ink = alphabet.digits[digit]!;
  const share = random.between(0.33, 0.45);
  const width = half === 'left' || half === 'right' ? Math.round(ink.width * share) : ink.width;
  const height = half === 'top' || half === 'bottom' ? Math.round(ink.height * share) : ink.height;
  const left = half === 'right' ? ink.width - width : 0;
  const top = half === 'bottom' ? ink.height - height : 0;
  if (width < 4 || height < 4) return undefined;
  const cut = cropInk(cutInk(ink, { left, top, width, height }));
  return cut === undefined || isUpright(cut) ? undefined : cut;
}

/** Two or three digits that touch or overlap by up to 12 % of their width. */
export function joinedDigits(alphabet: Alphabet, random: Random): Ink {
  const length = random.chance(0.7) ? 2 : 3;
  const parts: { ink: Ink; dx: number; dy: number }[] = [];
  let right = 0;
  for (let i = 0; i < length; i++) {
    const ink = alphabet.digits[random.integer(10)]!;
    const overlap = i === 0 ? 0 : Math.round(random.between(-0.04, 0.12) * ink.width);
    parts.push({ ink, dx: right - overlap - ink.left, dy: 0 });
    right += ink.width - overlap;
  }
  return joinInk(parts);
}

/** A window is too much of a digit when it holds more than this share of the ink. */
const MOST_OF_DIGIT = 0.32;
const MOST_OF_LETTER = 0.6;
/** Strokes that fill a window are short and thick: a bar is one when it is this much longer than wide. */
const BAR = 1.7;

/**
 * A window of 30 to 55 % of a digit or letter, whose strokes run off its border. Undefined where it shows next to
 * nothing, nothing but ink, a ring, an upright stroke, or so much that people read the whole.
 */
export function closeUp(alphabet: Alphabet, random: Random): Ink | undefined {
  const ofDigit = random.chance(0.5);
  const ink = ofDigit ? alphabet.digits[CURVED[random.integer(CURVED.length)]!]! : letter(alphabet, random);
  if (ink === undefined) return undefined;
  const side = Math.round(Math.max(ink.width, ink.height) * random.between(0.3, 0.55));
  if (side < 12) return undefined;
  const window = {
    left: random.integer(Math.max(1, ink.width - side)),
    top: random.integer(Math.max(1, ink.height - side)),
    width: side,
    height: side,
  };
  const cut = cutInk(ink, window);
  const mass = sumOf(cut);
  const share = mass / 255 / (side * side);
  if (share < 0.12 || share > 0.7 || mass > sumOf(ink) * (ofDigit ? MOST_OF_DIGIT : MOST_OF_LETTER)) return undefined;
  return countHoles(cut) > 0 || isUpright(cut, BAR) ? undefined : cut;
}

const sumOf = ({ pixels }: Ink): number => {
  let sum = 0;
  for (const level of pixels) sum += level;
  return sum;
};
