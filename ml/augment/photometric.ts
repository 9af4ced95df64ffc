// What light and sensor do to a drawn canvas.

import { cos, sin } from '../math.ts';
import type { SeekableRandom } from '../random.ts';
import { NOISE_LENGTH, NOISE_ONE, noiseTable } from './noise.ts';
import { photometric } from './presets.ts';
import { drawn } from './strokes.ts';

/** Thin strokes lose level when blurred and shrunk; at most this factor brings it back. */
const MAX_LIFT = 6;

/** What is a full stroke on this canvas: its greatest level, but not less than a sixth of white. */
function fullStroke(canvas: Uint8Array): number {
  let peak = 0;
  for (let i = 0; i < canvas.length; i++) {
    const more = canvas[i]! - peak;
    peak += more & ~(more >> 31); // without a branch, which strokes' edges would mislead
  }
  return Math.max(peak, 255 / MAX_LIFT);
}

/** The greatest integer that is not above `value`, as one of 32 bits: a loop on floating point takes twice the time. */
const whole = (value: number): number => Math.floor(value) | 0;

/**
 * Background, ink, a linear gradient and noise, in place. Gradient and noise are scaled by the contrast of what is left
 * of the ink: scaled by that of a full stroke they would bury hairlines, and the label would be wrong.
 * @param canvas [side, side]
 */
export function relight(canvas: Uint8Array, side: number, random: SeekableRandom): void {
  const fractionBits = 16;
  const one = 1 << fractionBits;
  const noise = noiseTable();
  const background = drawn(random, photometric.background);
  const contrast = random.between(background + photometric.leastContrast, 1) - background;
  const slope = random.between(0, photometric.gradient) * contrast;
  const direction = 2 * Math.PI * random.uniform();
  const deviation = drawn(random, photometric.noiseDeviation) * contrast;
  const start = whole(random.integer(NOISE_LENGTH));

  const gain = whole((contrast * one * 255) / fullStroke(canvas));
  const noiseGain = whole((deviation * 255 * one) / NOISE_ONE);
  // From −slope to +slope across the picture, in whole steps a pixel.
  const stepX = whole((slope * cos(direction) * 255 * 2 * one) / side);
  const stepY = whole((slope * sin(direction) * 255 * 2 * one) / side);
  const middle = (side - 1) >> 1;
  let row = whole(background * 255 * one) + (one >> 1) - Math.imul(middle, stepX + stepY);
  const last = NOISE_LENGTH - 1;
  let at = start;
  for (let y = 0; y < side; y++) {
    let ground = row;
    const end = (y + 1) * side;
    for (let i = y * side; i < end; i++) {
      const level = (ground + Math.imul(canvas[i]!, gain) + Math.imul(noise[at & last]!, noiseGain)) >> fractionBits;
      canvas[i] = level < 0 ? 0 : level > 255 ? 255 : level;
      ground += stepX;
      at++;
    }
    row += stepY;
  }
}

/** Ink or not, in place; the threshold is a share of a full stroke. */
export function binarise(canvas: Uint8Array, threshold: number): void {
  const level = threshold * fullStroke(canvas);
  for (let i = 0; i < canvas.length; i++) canvas[i] = canvas[i]! > level ? 255 : 0;
}

/** Dark for bright, in place. */
export function invert(canvas: Uint8Array): void {
  for (let i = 0; i < canvas.length; i++) canvas[i] = 255 - canvas[i]!;
}
