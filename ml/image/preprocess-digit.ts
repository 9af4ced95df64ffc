// The preprocessing `digit`: polarity and contrast from the picture itself, specks away, ink box scaled to 26 of 32
// and centred. Moving the ink by whole pixels changes no bit.

import { createPartFinder } from './components.ts';
import type { InkParts } from './components.ts';
import { createInkMeter } from './ink-levels.ts';
import { createAxis, limitSize, mapAxis, ORIGINAL_SIDE, resampleColumns, resampleRows } from './resample.ts';
import type { AxisMapping, Span } from './resample.ts';

export const INPUT_SIDE = 32;
/** The longest side of the ink box in the network input. */
const BOX_SIDE = 26;
/** A stroke thinner than a pixel loses brightness when shrunk; it is brought back, but never more than this much. */
const LEAST_PEAK = 0.3 * 255;

/**
 * A preprocessor that writes 1,024 bytes, ink bright on 0, to `out` at `offset`. A picture without ink gives zeros.
 * Pictures above 128 pixels are first shrunk to that by area means. Allocates nothing for smaller ones.
 */
export function createDigitPreprocessor() {
  const measureInk = createInkMeter();
  const findParts = createPartFinder(ORIGINAL_SIDE);
  const ink = new Uint8Array(ORIGINAL_SIDE * ORIGINAL_SIDE);
  const low = new Float64Array(INPUT_SIDE * ORIGINAL_SIDE);
  const values = new Float64Array(INPUT_SIDE * INPUT_SIDE);
  const axis = createAxis(INPUT_SIDE, ORIGINAL_SIDE / BOX_SIDE, 'tent');
  const span: Span = { from: 0, to: 0 };
  const mapping: AxisMapping = {
    length: INPUT_SIDE,
    ratio: 1,
    base: 0,
    origin: 0,
    low: 0,
    high: 0,
    outside: 'zero',
    kernel: 'tent',
  };

  const place = (from: number, to: number, ratio: number, length: number): void => {
    mapping.ratio = ratio;
    mapping.base = from;
    mapping.origin = (to - from) / 2 - (INPUT_SIDE / 2) * ratio;
    mapping.low = from > 0 ? -1 : 0; // the fringe of the ink, up to one pixel outside the box
    mapping.high = to - from + (to < length ? 1 : 0);
    mapAxis(axis, mapping);
  };

  return (gray: Uint8Array, grayWidth: number, grayHeight: number, out: Uint8Array, offset: number): void => {
    let pixels = gray;
    let width = grayWidth;
    let height = grayHeight;
    if (width > ORIGINAL_SIDE || height > ORIGINAL_SIDE)
      ({ pixels, width, height } = limitSize({ pixels, width, height }, ORIGINAL_SIDE));
    const { blank, table } = measureInk(pixels, width, height);
    if (blank) {
      out.fill(0, offset, offset + INPUT_SIDE * INPUT_SIDE);
      return;
    }
    const parts = findParts(pixels, width, height, table);
    copyInk(pixels, width, height, table, parts, ink);
    const ratio = Math.max(parts.right - parts.left, parts.bottom - parts.top) / BOX_SIDE;
    span.from = Math.max(0, parts.left - 1);
    span.to = Math.min(width, parts.right + 1);
    place(parts.top, parts.bottom, ratio, height);
    resampleColumns(ink, width, span, axis, low);
    span.from = axis.from;
    span.to = axis.to;
    place(parts.left, parts.right, ratio, width);
    values.fill(0);
    resampleRows(low, width, span, axis, INPUT_SIDE, values);
    writeBytes(values, out, offset);
  };
}

/** Copies the ink of the kept parts and of one pixel around them; all else becomes 0. */
function copyInk(
  pixels: Uint8Array,
  width: number,
  height: number,
  table: Uint8Array,
  parts: InkParts,
  ink: Uint8Array,
): void {
  ink.fill(0, 0, width * height);
  for (let run = 0; run < parts.count; run++) {
    if (parts.kept[run] === 0) continue;
    const row = parts.row[run]!;
    const from = Math.max(0, parts.from[run]! - 1);
    const to = Math.min(width, parts.to[run]! + 1);
    const lastRow = Math.min(height - 1, row + 1);
    for (let y = Math.max(0, row - 1); y <= lastRow; y++)
      for (let i = y * width + from; i < y * width + to; i++) ink[i] = table[pixels[i]!]!;
  }
}

function writeBytes(values: Float64Array, out: Uint8Array, offset: number): void {
  let peak = LEAST_PEAK;
  for (let i = 0; i < values.length; i++) if (values[i]! > peak) peak = values[i]!;
  const scale = 255 / peak;
  for (let i = 0; i < values.length; i++) out[offset + i] = values[i]! * scale + 0.5;
}
