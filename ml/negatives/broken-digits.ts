// Digits that are none any more: halves of one, two or three grown together, and windows too close to see a shape.

import type { Random } from '../random.ts';
import { cropInk, cutInk, joinInk, type Ink } from '../raster/ink.ts';
import { isUpright } from './shape.ts';
import type { Alphabet } from './alphabet.ts';

type Half = 'top' | 'bottom' | 'left' | 'right';

/**
 * The halves of each digit that are no digit. Not here: rings (half an 8, the bowl of 6 and 9), strokes that read as 1
 * (all of 1, half a 7 or 4), the right of 3 and 8 (a 3), the top of 7 (a 7), the top of 2 and the bottom of 3 and 5.
 */
const HALVES: readonly (readonly Half[])[] = [
  ['top', 'bottom', 'left'],
  [],
  ['bottom', 'right'],
  ['left'],
  ['top', 'left'],
  ['top', 'left', 'right'],
  ['left', 'right'],
  [],
  ['left'],
  ['left'],
];

/** A half of a digit: 35 to 50 % of its height or width. Undefined where the typeface leaves an upright stroke. */
export function halfDigit(alphabet: Alphabet, random: Random): Ink | undefined {
  const digit = random.integer(10);
  const halves = HALVES[digit]!;
  if (halves.length === 0) return undefined;
  const ink = alphabet.digits[digit]!;
  const half = halves[random.integer(halves.length)]!;
  const share = random.between(0.35, 0.5);
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

/**
 * A window of 30 to 55 % of a digit or letter, whose strokes run off its border. Undefined where it shows next to
 * nothing, nothing but ink, or an upright stroke.
 */
export function closeUp(alphabet: Alphabet, random: Random): Ink | undefined {
  const ink = random.chance(0.5)
    ? alphabet.digits[random.integer(10)]!
    : alphabet.letters[random.integer(alphabet.letters.length)]!.ink;
  const side = Math.round(Math.max(ink.width, ink.height) * random.between(0.3, 0.55));
  if (side < 12) return undefined;
  const window = {
    left: random.integer(Math.max(1, ink.width - side)),
    top: random.integer(Math.max(1, ink.height - side)),
    width: side,
    height: side,
  };
  const cut = cutInk(ink, window);
  const share = cut.pixels.reduce((sum, level) => sum + level, 0) / 255 / cut.pixels.length;
  return share < 0.12 || share > 0.7 || isUpright(cut) ? undefined : cut;
}
