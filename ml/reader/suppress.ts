// Of readings that lie over each other one is right: the surer and larger.

import type { Box, ReadDigit } from './frame-reading.ts';

/** Boxes that share more than this part of the smaller one are about the same place. */
const SAME_PLACE = 0.5;

/** The digits that no better one covers, from left to right. Changes the order of `digits`. */
export function suppressOverlaps(digits: ReadDigit[]): ReadDigit[] {
  digits.sort((a, b) => scoreOf(b) - scoreOf(a));
  const kept: ReadDigit[] = [];
  for (const digit of digits) if (!kept.some(({ box }) => shareInside(box, digit.box) > SAME_PLACE)) kept.push(digit);
  return kept.sort((a, b) => a.box.x - b.box.x || a.box.y - b.box.y);
}

const scoreOf = ({ probability, box }: ReadDigit): number => probability * Math.sqrt(box.w * box.h);

/** What two boxes share, as a part of the smaller one. */
function shareInside(a: Box, b: Box): number {
  const width = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / Math.min(a.w * a.h, b.w * b.h);
}
