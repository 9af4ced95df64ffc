// The preset `camera`: hairline or thickness → blur → one warp straight to the size the sensor sees → light → network
// input. Blur comes before the warp, which hardly differs from after it (the warp keeps lengths to ±15 %) and needs no
// second pass over pixels to shrink without aliasing.

import { blur } from '../image/blur.ts';
import { MAX_CANVAS, meshWarp } from '../image/mesh-warp.ts';
import { createNetworkInput } from '../image/network-input.ts';
import type { Preprocessing } from '../image/network-input.ts';
import type { SeekableRandom } from '../random.ts';
import { createGeometry } from './geometry.ts';
import { CANVAS_SIDE } from './master.ts';
import type { CanvasMaster, SampleTraits } from './master.ts';
import { binarise, invert, relight } from './photometric.ts';
import { photometric } from './presets.ts';
import { createStrokes, drawn } from './strokes.ts';

/** What bilinear sampling blurs by itself, as a variance. */
const SAMPLING_VARIANCE = 1 / 6;

/** The variance, in square pixels of a 64-pixel canvas, that shrinking to `side` needs against aliasing: its pixel's own. */
function shrinkVariance(side: number): number {
  const pixel = CANVAS_SIDE / side;
  return Math.max(0, (pixel * pixel) / 12 - SAMPLING_VARIANCE);
}

/** A function that writes one augmented network input; everything it draws comes from `random`. */
export function createCameraAugmentation(preprocessing: Preprocessing) {
  const drawStrokes = createStrokes();
  const drawGeometry = createGeometry();
  const writeInput = createNetworkInput(preprocessing);
  const memory = new Uint8Array(MAX_CANVAS * MAX_CANVAS);
  const canvases = Array.from({ length: MAX_CANVAS + 1 }, (_, side) => memory.subarray(0, side * side));

  return (
    master: CanvasMaster,
    traits: SampleTraits,
    random: SeekableRandom,
    out: Uint8Array,
    offset: number,
  ): void => {
    const { plane, side: sourceSide } = drawStrokes(master, random);
    const isLit = random.chance(photometric.probability);
    const isBinary = !isLit && random.chance(photometric.binarised);
    const [leastSide, endSide] = photometric.sides;
    const side = isBinary ? photometric.binarisedSide : leastSide + random.integer(endSide - leastSide);
    const deviation = isLit ? drawn(random, photometric.blurDeviation) : 0;
    const scale = sourceSide / CANVAS_SIDE;
    blur(plane, (deviation * deviation + shrinkVariance(side)) * scale * scale);
    const canvas = canvases[side]!;
    meshWarp(plane, drawGeometry(random, traits, side, sourceSide), canvas, side);
    if (isLit) relight(canvas, side, random);
    if (isBinary) binarise(canvas, drawn(random, photometric.binarisedThreshold));
    // Masters are bright on dark. Where preprocessing keeps polarity, the network has to learn both.
    if (preprocessing === 'reference' && random.chance(0.5)) invert(canvas);
    writeInput(canvas, side, side, out, offset);
  };
}
