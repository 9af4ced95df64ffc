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
    resampleRows(low, width, span, axis, INPUT_SIDE, values);
    writeBytes(values, span, axis, out, offset);
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
  const { rowStart, from, to, kept } = parts;
  ink.fill(0, 0, width * height);
  for (let y = 0; y < height; y++) {
    // The runs of three rows reach this one; each list goes from left to right, and no pixel is copied twice.
    let above = y > 0 ? rowStart[y - 1]! : 0;
    let here = rowStart[y]!;
    let below = rowStart[y + 1]!;
    const aboveEnd = here;
    const hereEnd = below;
    const belowEnd = y + 1 < height ? rowStart[y + 2]! : below;
    let done = y * width;
    while (above < aboveEnd || here < hereEnd || below < belowEnd) {
      let run = above < aboveEnd ? above : -1;
      if (here < hereEnd && (run < 0 || from[here]! < from[run]!)) run = here;
      if (below < belowEnd && (run < 0 || from[below]! < from[run]!)) run = below;
      if (run < aboveEnd) above++;
      else if (run < hereEnd) here++;
      else below++;
      if (kept[run] === 0) continue;
      const end = y * width + Math.min(width, to[run]! + 1);
      for (let i = Math.max(done, y * width + from[run]! - 1); i < end; i++) ink[i] = table[pixels[i]!]!;
      done = Math.max(done, end);
    }
  }
}

/** Values outside `rows` and `columns` are not looked at; their bytes are 0. */
function writeBytes(values: Float64Array, rows: Span, columns: Span, out: Uint8Array, offset: number): void {
  const side = INPUT_SIDE;
  const { from: top, to: bottom } = rows;
  const { from: left, to: right } = columns;
  let peak = LEAST_PEAK;
  for (let y = top; y < bottom; y++)
    for (let i = y * side + left; i < y * side + right; i++) if (values[i]! > peak) peak = values[i]!;
  const scale = 255 / peak;
  out.fill(0, offset, offset + side * side);
  for (let y = top; y < bottom; y++)
    for (let i = y * side + left; i < y * side + right; i++) out[offset + i] = values[i]! * scale + 0.5;
}
