// Ink: coverage 0 … 255 on nothing, with a place. Pictures of it are dark on white paper with a margin, as a scan or a
// camera sees a digit.

import { blankImage, type GrayImage } from '../image/gray-image.ts';
import { limitSize, ORIGINAL_SIDE } from '../image/resample.ts';
import { boundsOf, fillContours, type Box } from './fill.ts';
import type { Contour } from './outline.ts';

/** Coverage below this is no ink when cropping: under a tenth of a pixel. */
const FAINT = 25;

/** White around the ink, as a share of its longest side. */
const MARGIN_RATIO = 0.12;
const MIN_MARGIN = 3;

/** Coverage with its place: (left, top) in pixels from the origin, the baseline at 0, y downwards. */
export interface Ink extends GrayImage {
  left: number;
  top: number;
}

/** Filled contours, cropped; undefined where nothing is left, e.g. a space. */
export function inkOf(contours: readonly Contour[]): Ink | undefined {
  const box = boundsOf(contours);
  return box && cropInk({ ...fillContours(contours, box), left: box.left, top: box.top });
}

/** The part of the ink that is not empty; undefined where all is. */
export function cropInk(ink: Ink): Ink | undefined {
  let [left, top, right, bottom] = [ink.width, ink.height, -1, -1];
  for (let y = 0; y < ink.height; y++) {
    for (let x = 0; x < ink.width; x++) {
      if (ink.pixels[y * ink.width + x]! < FAINT) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? undefined : cutInk(ink, { left, top, width: right - left + 1, height: bottom - top + 1 });
}

/** A window of the ink, in pixels from its own corner. What lies outside is empty. */
export function cutInk(ink: Ink, window: Box): Ink {
  const pixels = new Uint8Array(window.width * window.height);
  for (let y = 0; y < window.height; y++) {
    const row = y + window.top;
    if (row < 0 || row >= ink.height) continue;
    const from = Math.max(0, window.left);
    const to = Math.min(ink.width, window.left + window.width);
    if (from < to) {
      pixels.set(
        ink.pixels.subarray(row * ink.width + from, row * ink.width + to),
        y * window.width + from - window.left,
      );
    }
  }
  return {
    pixels,
    width: window.width,
    height: window.height,
    left: ink.left + window.left,
    top: ink.top + window.top,
  };
}

/** Several inks on one sheet, each moved by (dx, dy). Where they meet, the darker wins. */
export function joinInk(parts: readonly { ink: Ink; dx: number; dy: number }[]): Ink {
  const left = Math.min(...parts.map(({ ink, dx }) => ink.left + dx));
  const top = Math.min(...parts.map(({ ink, dy }) => ink.top + dy));
  const width = Math.max(...parts.map(({ ink, dx }) => ink.left + dx + ink.width)) - left;
  const height = Math.max(...parts.map(({ ink, dy }) => ink.top + dy + ink.height)) - top;
  const pixels = new Uint8Array(width * height);
  for (const { ink, dx, dy } of parts) {
    for (let y = 0; y < ink.height; y++) {
      const row = (y + ink.top + dy - top) * width + ink.left + dx - left;
      for (let x = 0; x < ink.width; x++) {
        const level = ink.pixels[y * ink.width + x]!;
        if (level > pixels[row + x]!) pixels[row + x] = level;
      }
    }
  }
  return { pixels, width, height, left, top };
}

/**
 * The ink in black in the middle of a white square with a margin, so that a picture's sides say nothing about what it
 * shows. The longest side is at most 128 pixels.
 */
export function onPaper(ink: GrayImage): GrayImage {
  const longest = Math.max(ink.width, ink.height);
  const side = longest + 2 * Math.max(MIN_MARGIN, Math.round(longest * MARGIN_RATIO));
  const paper = blankImage(side, side, 255);
  const left = (side - ink.width) >> 1;
  const top = (side - ink.height) >> 1;
  for (let y = 0; y < ink.height; y++) {
    for (let x = 0; x < ink.width; x++) {
      paper.pixels[(y + top) * side + x + left] = 255 - ink.pixels[y * ink.width + x]!;
    }
  }
  return limitSize(paper, ORIGINAL_SIDE);
}
