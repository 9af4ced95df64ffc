// The preset `reference`: what the reference script's ImageDataGenerator does to a 32×32 network input, rounded to
// bytes. Axes are Keras': its first is y.

import { affineWarp } from '../image/affine-warp.ts';
import type { Affine } from '../image/affine-warp.ts';
import { INPUT_SIDE } from '../image/preprocess-digit.ts';
import { cos, sin } from '../math.ts';
import type { SeekableRandom } from '../random.ts';
import { reference } from './presets.ts';

const DEGREE = Math.PI / 180;
const CENTRE = (INPUT_SIDE - 1) / 2;

/** Keras' five numbers for one picture, shifts in pixels. */
export interface KerasTransform {
  rotationDegrees: number;
  shiftY: number;
  shiftX: number;
  shearDegrees: number;
  zoomY: number;
  zoomX: number;
}

/** Rotation · shift · shear · zoom about the centre, as `apply_affine_transform` multiplies them. */
export function kerasAffine(transform: KerasTransform, map: Affine): Affine {
  const angle = transform.rotationDegrees * DEGREE;
  const shear = transform.shearDegrees * DEGREE;
  const c = cos(angle);
  const s = sin(angle);
  map.yy = c * transform.zoomY;
  map.yx = (-c * sin(shear) - s * cos(shear)) * transform.zoomX;
  map.xy = s * transform.zoomY;
  map.xx = (-s * sin(shear) + c * cos(shear)) * transform.zoomX;
  map.y0 = c * transform.shiftY - s * transform.shiftX + CENTRE - CENTRE * (map.yy + map.yx);
  map.x0 = s * transform.shiftY + c * transform.shiftX + CENTRE - CENTRE * (map.xy + map.xx);
  return map;
}

/**
 * A function that writes one augmented network input.
 * @param scale factor on every range; 1 is the reference script's
 */
export function createReferenceAugmentation(scale: number) {
  const map: Affine = { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };
  const transform: KerasTransform = { rotationDegrees: 0, shiftY: 0, shiftX: 0, shearDegrees: 0, zoomY: 1, zoomX: 1 };
  const around = (random: SeekableRandom, reach: number): number => random.between(-reach * scale, reach * scale);
  return (input: Uint8Array, random: SeekableRandom, out: Uint8Array, offset: number): void => {
    transform.rotationDegrees = around(random, reference.rotationDegrees);
    transform.shiftY = around(random, reference.shiftRatio * INPUT_SIDE);
    transform.shiftX = around(random, reference.shiftRatio * INPUT_SIDE);
    transform.shearDegrees = around(random, reference.shearDegrees);
    transform.zoomY = 1 + around(random, reference.zoom);
    transform.zoomX = 1 + around(random, reference.zoom);
    affineWarp(input, INPUT_SIDE, kerasAffine(transform, map), out, offset);
  };
}
