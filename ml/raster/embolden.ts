// A bold style made from a regular one: dilation by a round element, as large as leaves the holes open.

import { countHoles } from './holes.ts';
import type { Ink } from './ink.ts';

/** Diameters of the elements tried, in pixels of a glyph drawn at size 100. */
const DIAMETERS = [9, 7, 5, 3] as const;

/**
 * The glyph with heavier strokes; undefined when even the smallest element would close a hole or an opening,
 * which would turn an 8 into a blot and a 3 into an 8.
 */
export function embolden(ink: Ink): Ink | undefined {
  const holes = countHoles(ink);
  for (const diameter of DIAMETERS) {
    const bold = dilate(ink, diameter);
    if (countHoles(bold) === holes) return bold;
  }
  return undefined;
}

/** Grayscale dilation by an ellipse of an odd diameter; the ink grows by its radius on each side. */
export function dilate(ink: Ink, diameter: number): Ink {
  const radius = (diameter - 1) / 2;
  const width = ink.width + 2 * radius;
  const height = ink.height + 2 * radius;
  const pixels = new Uint8Array(width * height);
  for (let dy = -radius; dy <= radius; dy++) {
    // The rows of OpenCV's MORPH_ELLIPSE.
    const reach = Math.round(Math.sqrt(radius * radius - dy * dy));
    for (let y = 0; y < ink.height; y++) {
      const out = (y + radius + dy) * width;
      for (let x = 0; x < ink.width; x++) {
        const level = ink.pixels[y * ink.width + x]!;
        if (level === 0) continue;
        const end = out + x + radius + reach;
        for (let at = out + x + radius - reach; at <= end; at++) if (level > pixels[at]!) pixels[at] = level;
      }
    }
  }
  return { pixels, width, height, left: ink.left - radius, top: ink.top - radius };
}
