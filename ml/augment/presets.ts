// The numbers of augmentation. Lengths are in pixels of a 64-pixel canvas, levels and probabilities from 0 to 1.

/**
 * - `camera`: what a camera, a printer or a thin typeface does to a digit
 * - `reference`: what the reference script's ImageDataGenerator does
 * - `none`: every variant is the network input itself
 */
export type AugmentPreset = 'camera' | 'reference' | 'none';

/** A range [low, high). */
export type Range = readonly [low: number, high: number];

export const hairline = {
  probability: 0.12,
  doubled: 0.5,
  /** Of hairlines, how many go through a small raster, as thin typefaces on a screen do. */
  coarse: 0.7,
  coarseSide: 28,
  threshold: [0.15, 0.5] as Range,
  dropped: [0, 0.45] as Range,
};

export const thickness = {
  probability: 0.5,
  /** A thinning that leaves less ink than this is undone: the digit would fall apart. */
  leastInkLeft: 0.55,
};

export const affine = {
  rotationDegrees: 10,
  shear: { typeface: 0.16, handwriting: 0.1, other: 0.16 },
  zoom: 0.15,
  /** Width over height is multiplied by e^±this. */
  aspect: { typeface: 0.22, handwriting: 0.12, other: 0.22 },
  shift: 0.08 * 64,
};

export const elastic = {
  probability: 0.5,
  /** Standard deviation of a grid point's displacement; the sample's own is uniform below it. */
  maxDeviation: 2.2,
};

export const photometric = {
  probability: 0.6,
  /** Of the others, how many are binarised at the size below. */
  binarised: 0.3,
  binarisedSide: 28,
  binarisedThreshold: [0.25, 0.6] as Range,
  sides: [28, 65] as Range,
  blurDeviation: [0, 1.6] as Range,
  background: [0, 0.35] as Range,
  leastContrast: 0.3,
  /** Of the contrast, at the edge of the picture. */
  gradient: 0.15,
  noiseDeviation: [0, 0.1] as Range,
};

/** Keras' `ImageDataGenerator(width_shift_range=.1, height_shift_range=.1, zoom_range=.2, shear_range=.1, rotation_range=10)`. */
export const reference = { shiftRatio: 0.1, zoom: 0.2, shearDegrees: 0.1, rotationDegrees: 10 };
