// Augmented samples by name: each is a pure function of (seed, sample index, variant), so that any part of a pool, made
// anywhere in any order, has the same bytes.

import { INPUT_BYTES } from '../image/network-input.ts';
import type { Preprocessing } from '../image/network-input.ts';
import { createSeekableRandom } from '../random.ts';
import { createCameraAugmentation } from './camera.ts';
import { CANVAS_BYTES, SKELETON_BYTES } from './master.ts';
import type { Master, SampleTraits } from './master.ts';
import type { AugmentPreset } from './presets.ts';
import { createReferenceAugmentation } from './reference.ts';

/** Names the use of the generator: no other stream begins with this number. */
const STREAM = 0x6175676d;

/** Thrown when a master does not fit the preset, has a wrong number of bytes, or the output has no room. */
export class InvalidMaster extends Error {
  override readonly name = 'InvalidMaster';
}

export interface AugmenterOptions {
  preset: AugmentPreset;
  /** Factor on the ranges of preset `reference`, 0 … 2; the others ignore it. @default 1 */
  scale?: number;
  /** What `camera` ends in; masters of the other presets have gone through it already. */
  preprocessing: Preprocessing;
  /** An integer in [0, 2^53). */
  seed: number;
}

export interface Augmenter {
  /**
   * Writes the network input (1,024 bytes) of one variant to `out` at `offset`. Keeps nothing of earlier calls.
   * @param sampleIndex unsigned 32-bit
   * @param variant unsigned 32-bit
   * @throws InvalidMaster
   */
  augment: (
    master: Master,
    traits: SampleTraits,
    sampleIndex: number,
    variant: number,
    out: Uint8Array,
    offset: number,
  ) => void;
}

/**
 * An augmenter with buffers of its own: one a thread.
 * @throws RangeError for a scale outside 0 … 2 or another seed
 */
export function createAugmenter({ preset, scale = 1, preprocessing, seed }: AugmenterOptions): Augmenter {
  if (!(scale >= 0 && scale <= 2)) throw new RangeError(`scale: expected a number from 0 to 2, got ${scale}`);
  const random = createSeekableRandom(seed);
  const camera = createCameraAugmentation(preprocessing);
  const reference = createReferenceAugmentation(scale);
  return {
    augment(master, traits, sampleIndex, variant, out, offset) {
      checkCall(master, preset, out, offset);
      random.seek(STREAM, sampleIndex, variant);
      if (master.kind === 'canvas') camera(master, traits, random, out, offset);
      else if (preset === 'reference') reference(master.pixels, random, out, offset);
      else out.set(master.pixels, offset);
    },
  };
}

function checkCall(master: Master, preset: AugmentPreset, out: Uint8Array, offset: number): void {
  const kind = preset === 'camera' ? 'canvas' : 'input';
  if (master.kind !== kind)
    throw new InvalidMaster(`master: preset ${preset} expects kind ${kind}, got ${master.kind}`);
  const bytes = master.kind === 'canvas' ? CANVAS_BYTES : INPUT_BYTES;
  if (master.pixels.length !== bytes)
    throw new InvalidMaster(`master: expected ${bytes} bytes, got ${master.pixels.length}`);
  if (master.kind === 'canvas' && master.skeleton !== undefined && master.skeleton.length !== SKELETON_BYTES)
    throw new InvalidMaster(`skeleton: expected ${SKELETON_BYTES} bytes, got ${master.skeleton.length}`);
  if (!(offset >= 0 && offset + INPUT_BYTES <= out.length))
    throw new InvalidMaster(`output: expected room for ${INPUT_BYTES} bytes at ${offset}, got ${out.length} bytes`);
}
