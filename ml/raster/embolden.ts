// A bold style made from a regular one: dilation by a round element, as large as leaves the holes open.

import { countHoles } from './holes.ts';
import type { Ink } from './ink.ts';

/** Diameters of the elements tried, in pixels of a glyph drawn at size 100. */
const DIAMETERS = [9, 7, 5, 3] as const;

/** How much of the paper between the strokes must be left: a heavy 4 loses its notches long before its hole. */
const PAPER_LEFT = 0.55;

/**
 * The glyph with heavier strokes; undefined when even the smallest element would close a hole or an opening,
 * which would turn an 8 into a blot and a 3 into an 8.
 */
export function embolden(ink: Ink): Ink | undefined {
  const holes = countHoles(ink);
  const paper = paperShare(ink);
  for (const diameter of DIAMETERS) {
    const bold = dilate(ink, diameter);
    if (countHoles(bold) === holes && paperShare(bold) >= paper * PAPER_LEFT) return bold;
  }
  return undefined;
}

/** The share of the box that is not ink. */
function paperShare({ pixels }: Ink): number {
  let ink = 0;
  for (const level of pixels) ink += level;
  return 1 - ink / 255 / pixels.length;
}

/** Grayscale dilation by an ellipse of an odd diameter; the ink grows by its radius on each side. */
export function dilate(ink: Ink, diameter: number): Ink {
  const radius = (diameter - 1) / 2;
  const width = ink.width + 2 * radius;
  const height = ink.height + 2 * radius;
  const pixels = new Uint8Array(width * height);
  const widened = new Map<number, Uint8Array>();
  for (let dy = -radius; dy <= radius; dy++) {
    const reach = Math.round(Math.sqrt(radius * radius - dy * dy)); // the rows of OpenCV's MORPH_ELLIPSE
    const rows = widened.get(reach) ?? widen(ink, reach, radius);
    widened.set(reach, rows);
    let at = (radius + dy) * width;
    for (let i = 0; i < rows.length; i++, at++) if (rows[i]! > pixels[at]!) pixels[at] = rows[i]!;
  }
  return { pixels, width, height, left: ink.left - radius, top: ink.top - radius };
}

/** Each row with every pixel spread by `reach` to both sides; [height, width + 2 × radius]. */
function widen(ink: Ink, reach: number, radius: number): Uint8Array {
  const width = ink.width + 2 * radius;
  const rows = new Uint8Array(ink.height * width);
  for (let y = 0; y < ink.height; y++) {
    for (let x = 0; x < ink.width; x++) {
      const level = ink.pixels[y * ink.width + x]!;
      if (level === 0) continue;
      const start = y * width + x + radius - reach;
      for (let at = start; at <= start + 2 * reach; at++) if (level > rows[at]!) rows[at] = level;
    }
  }
  return rows;
}
