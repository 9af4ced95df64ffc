// Changes to the strokes of a master before anything moves: hairlines and thickness.

import { dilate, erode } from '../image/morphology.ts';
import type { Element } from '../image/morphology.ts';
import { createPlane, inkOf, loadPlane } from '../image/plane.ts';
import type { Plane } from '../image/plane.ts';
import { createAxis, mapAxis, resampleColumns, resampleRows } from '../image/resample.ts';
import type { Axis } from '../image/resample.ts';
import type { SeekableRandom } from '../random.ts';
import { CANVAS_BYTES, CANVAS_SIDE } from './master.ts';
import type { CanvasMaster } from './master.ts';
import { hairline, thickness } from './presets.ts';
import type { Range } from './presets.ts';

const SIDE = hairline.coarseSide;

const elements: Element[] = [
  { width: 2, height: 2 },
  { width: 3, height: 3 },
  { width: 2, height: 3 },
  { width: 3, height: 2 },
];

export const drawn = (random: SeekableRandom, [low, high]: Range): number => random.between(low, high);

/** The strokes a sample starts from: a plane, and the side of the picture in it. */
export interface Strokes {
  plane: Plane;
  side: number;
}

/** A function that draws a master's strokes; the returned object is reused by the next call. */
export function createStrokes(): (master: CanvasMaster, random: SeekableRandom) => Strokes {
  const base = createPlane();
  const changed = createPlane();
  const mask = new Uint8Array(CANVAS_BYTES);
  const coarsen = createCoarsener();
  const strokes: Strokes = { plane: base, side: CANVAS_SIDE };

  const drawHairline = (skeleton: Uint8Array, random: SeekableRandom): void => {
    const isDoubled = random.chance(hairline.doubled);
    unpack(skeleton, mask, isDoubled);
    if (random.chance(hairline.coarse)) {
      loadPlane(base, coarsen(mask, isDoubled, random), SIDE);
      strokes.side = SIDE;
    } else loadPlane(base, mask, CANVAS_SIDE);
  };

  const changeThickness = (random: SeekableRandom): void => {
    const isThinner = random.chance(0.5);
    const element = elements[random.integer(elements.length)]!;
    if (base.right === 0) return;
    if (!isThinner) dilate(base, changed, element);
    else {
      erode(base, changed, element);
      if (inkOf(changed) < thickness.leastInkLeft * inkOf(base)) return;
    }
    strokes.plane = changed;
  };

  return (master, random) => {
    strokes.plane = base;
    strokes.side = CANVAS_SIDE;
    const isHairline = random.chance(hairline.probability);
    if (isHairline && master.skeleton !== undefined) {
      drawHairline(master.skeleton, random);
      return strokes;
    }
    loadPlane(base, master.pixels, CANVAS_SIDE);
    if (random.chance(thickness.probability)) changeThickness(random);
    return strokes;
  };
}

/** Bits to bytes 0 and 255; doubled: each pixel also marks the one right, below and diagonal to it. */
function unpack(bits: Uint8Array, mask: Uint8Array, doubled: boolean): void {
  mask.fill(0);
  for (let byte = 0; byte < bits.length; byte++) {
    // Most of a skeleton is empty; the lowest bit that is left comes next.
    for (let left = bits[byte]!; left !== 0; left &= left - 1) {
      const i = 8 * byte + 31 - Math.clz32(left & -left);
      mask[i] = 255;
      if (!doubled || (i + 1) % CANVAS_SIDE === 0 || i + CANVAS_SIDE >= CANVAS_BYTES) continue;
      mask[i + 1] = 255;
      mask[i + CANVAS_SIDE] = 255;
      mask[i + CANVAS_SIDE + 1] = 255;
    }
  }
}

/** A function that shrinks a 64-pixel mask to 28 pixels, thresholds it, and drops pixels at random: dots and dashes. */
function createCoarsener(): (mask: Uint8Array, isDoubled: boolean, random: SeekableRandom) => Uint8Array {
  const ratio = CANVAS_SIDE / SIDE;
  const axis = createAxis(SIDE, ratio, 'area');
  const mapping = { length: SIDE, ratio, base: 0, origin: 0, low: 0, high: CANVAS_SIDE };
  mapAxis(axis, { ...mapping, outside: 'zero', kernel: 'area' });
  const low = new Float64Array(SIDE * CANVAS_SIDE);
  const means = new Float64Array(SIDE * SIDE);
  const coarse = new Uint8Array(SIDE * SIDE);
  return (mask, isDoubled, random) => {
    const share = drawn(random, hairline.threshold);
    const dropped = drawn(random, hairline.dropped);
    // One in two columns of 28 misses a line of one pixel: picking would take whole strokes away.
    if (isDoubled && random.chance(0.5)) pickNearest(mask, ratio, means);
    else average(mask, axis, low, means);
    // Of the peak: a line of one pixel covers less than half a coarse pixel, and would vanish under a fixed threshold.
    const threshold = share * means.reduce((most, mean) => Math.max(most, mean), 0);
    for (let i = 0; i < coarse.length; i++) coarse[i] = means[i]! > threshold && !random.chance(dropped) ? 255 : 0;
    return coarse;
  };
}

function pickNearest(mask: Uint8Array, ratio: number, out: Float64Array): void {
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      out[y * SIDE + x] = mask[Math.floor((y + 0.5) * ratio) * CANVAS_SIDE + Math.floor((x + 0.5) * ratio)]!;
}

function average(mask: Uint8Array, axis: Axis, low: Float64Array, out: Float64Array): void {
  resampleColumns(mask, CANVAS_SIDE, { from: 0, to: CANVAS_SIDE }, axis, low);
  resampleRows(low, CANVAS_SIDE, { from: 0, to: SIDE }, axis, SIDE, out);
}
