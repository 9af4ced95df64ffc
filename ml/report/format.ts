// Numbers as people read them.

import type { Proportion } from '../proportion.ts';

const NO_BREAK_SPACE = '\u00a0';
/** An en dash with spaces around it, at which no line ends. */
const TO = `${NO_BREAK_SPACE}–\u2060${NO_BREAK_SPACE}`;
/** Stands where a figure would be of nothing. */
export const NOTHING = '–';

/** 0.98765 → `98.77 %`; a share that is not all never shows as 100, one that is not nothing never as 0. */
export function percent(share: number | null | undefined, places = 2): string {
  if (share === null || share === undefined) return NOTHING;
  const step = 10 ** -(places + 2);
  const shown = share < 1 ? Math.min(share, 1 - step) : share;
  return `${((shown > 0 ? Math.max(shown, step) : shown) * 100).toFixed(places)}${NO_BREAK_SPACE}%`;
}

/** `98.12 – 99.30 %` */
export const interval = (proportion: Proportion | null): string =>
  proportion === null ? NOTHING : `${(proportion.low * 100).toFixed(2)}${TO}${percent(proportion.high)}`;

/** 12345 → `12,345` */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** A difference of two shares in percentage points: `+0.12`, `−0.30`, `±0.00`. */
export function points(difference: number): string {
  const shown = (Math.abs(difference) * 100).toFixed(2);
  if (Number(shown) === 0) return `±${shown}`;
  return `${difference > 0 ? '+' : '−'}${shown}`;
}

/** `1 sample`, `2 samples` */
export const plural = (value: number, word: string): string => `${count(value)} ${word}${value === 1 ? '' : 's'}`;
