// What augmentation starts from: made once a sample in preprocess, used for many variants.

import { createPartFinder } from '../image/components.ts';
import type { InkParts } from '../image/components.ts';
import { checkImage } from '../image/gray-image.ts';
import type { GrayImage } from '../image/gray-image.ts';
import { createInkMeter } from '../image/ink-levels.ts';
import { INPUT_BYTES, toNetworkInput } from '../image/network-input.ts';
import type { Preprocessing } from '../image/network-input.ts';
import { limitSize, ORIGINAL_SIDE, resample } from '../image/resample.ts';
import { thin } from '../image/thinning.ts';
import type { AugmentPreset } from './presets.ts';

/** What a sample is made of, as far as augmentation treats it differently. */
export type SampleTraits = 'typeface' | 'handwriting' | 'other';

export const CANVAS_SIDE = 64;
export const CANVAS_BYTES = CANVAS_SIDE * CANVAS_SIDE;
/** The ink box of a canvas is as high as this, or as wide as the next where that is less. */
const INK_HEIGHT = 48;
const INK_WIDTH = 56;

/** Start of preset `camera`: ink bright on 0, in the middle. */
export interface CanvasMaster {
  kind: 'canvas';
  pixels: Uint8Array; // [64, 64]
  /** One bit a pixel, row by row, lowest bit first; only typefaces have one. */
  skeleton?: Uint8Array | undefined; // [512]
}

/** Start of presets `reference` and `none`: the network input of the original. */
export interface InputMaster {
  kind: 'input';
  pixels: Uint8Array; // [32, 32]
}

export type Master = CanvasMaster | InputMaster;

/** Which masters a preset starts from, and the number of their pixels. */
export const masterOf = (preset: AugmentPreset): { kind: Master['kind']; pixelBytes: number } =>
  preset === 'camera' ? { kind: 'canvas', pixelBytes: CANVAS_BYTES } : { kind: 'input', pixelBytes: INPUT_BYTES };

export interface MasterOptions {
  preset: AugmentPreset;
  preprocessing: Preprocessing;
}

/** A function that makes the masters which augmentation by `preset` starts from. It throws InvalidImage for bad pictures. */
export function createMasterMaker({ preset, preprocessing }: MasterOptions) {
  return (image: GrayImage, traits: SampleTraits): Master =>
    masterOf(preset).kind === 'canvas'
      ? makeCanvasMaster(image, traits)
      : { kind: 'input', pixels: toNetworkInput(image.pixels, image.width, image.height, preprocessing) };
}

const measureInk = createInkMeter();
const findParts = createPartFinder(ORIGINAL_SIDE);

/**
 * The canvas of a picture: background 0, full strokes 255, cropped to its ink as `digit` finds it, fitted into 64×64
 * with height 48 or width 56. Enlarged by cubic convolution (a 28-pixel digit stays crisp), shrunk by a tent.
 *
 * Pictures that are no digit go the same way: a letter or blob is fitted like a digit, so that size can't give it away;
 * in a texture or a cut the ink reaches the frame, so the box is the frame and all of it stays. A blank picture gives
 * an empty canvas.
 * @throws InvalidImage
 */
export function makeCanvasMaster(image: GrayImage, traits: SampleTraits): CanvasMaster {
  checkImage(image.pixels, image.width, image.height);
  const original = limitSize(image, ORIGINAL_SIDE);
  const levels = measureInk(original.pixels, original.width, original.height);
  const pixels = new Uint8Array(CANVAS_BYTES);
  if (!levels.blank) {
    const parts = findParts(original.pixels, original.width, original.height, levels.table);
    fit(cropInk(original, levels.table, parts), pixels);
  }
  return traits === 'typeface' ? { kind: 'canvas', pixels, skeleton: skeletonOf(pixels) } : { kind: 'canvas', pixels };
}

/** The ink box with one pixel of fringe on each side that the picture has. */
function cropInk(image: GrayImage, table: Uint8Array, parts: InkParts): GrayImage {
  const left = Math.max(0, parts.left - 1);
  const top = Math.max(0, parts.top - 1);
  const width = Math.min(image.width, parts.right + 1) - left;
  const height = Math.min(image.height, parts.bottom + 1) - top;
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) pixels[y * width + x] = table[image.pixels[(top + y) * image.width + left + x]!]!;
  return { pixels, width, height };
}

function fit(ink: GrayImage, canvas: Uint8Array): void {
  const scale = Math.min(INK_HEIGHT / ink.height, INK_WIDTH / ink.width);
  const width = Math.max(1, Math.round(ink.width * scale));
  const height = Math.max(1, Math.round(ink.height * scale));
  const fitted = resample(ink, width, height, scale > 1 ? 'cubic' : 'tent');
  const left = (CANVAS_SIDE - width) >> 1;
  const top = (CANVAS_SIDE - height) >> 1;
  for (let y = 0; y < height; y++)
    canvas.set(fitted.pixels.subarray(y * width, (y + 1) * width), (top + y) * CANVAS_SIDE + left);
}

/** Bytes of a skeleton: 64×64 bits. */
export const SKELETON_BYTES = CANVAS_BYTES / 8;

function skeletonOf(pixels: Uint8Array): Uint8Array {
  const bits = new Uint8Array(SKELETON_BYTES);
  const skeleton = thin({ pixels, width: CANVAS_SIDE, height: CANVAS_SIDE });
  for (let i = 0; i < CANVAS_BYTES; i++) if (skeleton[i] === 1) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}
