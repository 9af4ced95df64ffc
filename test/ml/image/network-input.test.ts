import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { blankImage, InvalidImage } from '../../../ml/image/gray-image.ts';
import type { GrayImage } from '../../../ml/image/gray-image.ts';
import { createNetworkInput, INPUT_BYTES, toNetworkInput } from '../../../ml/image/network-input.ts';
import type { Preprocessing } from '../../../ml/image/network-input.ts';
import { limitSize, ORIGINAL_SIDE } from '../../../ml/image/resample.ts';
import { syntheticImage } from './synthetic.ts';

const input = ({ pixels, width, height }: GrayImage, preprocessing: Preprocessing = 'digit'): Uint8Array =>
  toNetworkInput(pixels, width, height, preprocessing);
const mapped = (image: GrayImage, level: (value: number, i: number) => number): GrayImage => ({
  ...image,
  pixels: image.pixels.map(level),
});
const meanDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

/** Where the ink lies: sides of the box of values above half. */
function boxOf(values: Uint8Array): { left: number; top: number; right: number; bottom: number } {
  const ink = Array.from(values.keys()).filter((i) => values[i]! > 127);
  const columns = ink.map((i) => i % 32);
  const rows = ink.map((i) => Math.floor(i / 32));
  return { left: Math.min(...columns), top: Math.min(...rows), right: Math.max(...columns), bottom: Math.max(...rows) };
}

/** A tall dark 1 with a foot, on light paper. */
function drawnOne(scale: number): GrayImage {
  const image = blankImage(20 * scale, 30 * scale, 230);
  for (let y = 4 * scale; y < 26 * scale; y++)
    for (let x = 0; x < 20 * scale; x++)
      if ((x >= 9 * scale && x < 12 * scale) || (y >= 23 * scale && x >= 5 * scale && x < 16 * scale))
        image.pixels[y * image.width + x] = 20;
  return image;
}

describe('toNetworkInput', () => {
  it('gives the same bits everywhere', () => {
    const digestOf = (preprocessing: Preprocessing): string => {
      const hash = createHash('sha256');
      for (let index = 0; index < 200; index++) hash.update(input(syntheticImage(index), preprocessing));
      for (const [width, height] of [
        [1, 1],
        [2, 1],
        [1, 7],
        [640, 480],
        [300, 20],
      ] as const)
        hash.update(input(syntheticImage(7, width, height), preprocessing));
      return hash.digest('hex').slice(0, 16);
    };
    expect(digestOf('digit')).toBe('7047417890ea8494');
    expect(digestOf('reference')).toBe('ff3dfc595b590b39');
  });

  it('gives zeros for blank pictures of any size', () => {
    for (const [width, height] of [
      [1, 1],
      [28, 28],
      [4096, 1],
      [1, 4096],
      [500, 300],
    ] as const)
      for (const preprocessing of ['digit', 'reference'] as const)
        for (const level of [0, 77, 255])
          expect(input(blankImage(width, height, level), preprocessing)).toEqual(new Uint8Array(INPUT_BYTES));
  });

  it('refuses wrong sides and a wrong number of bytes', () => {
    expect(() => toNetworkInput(new Uint8Array(5), 2, 3, 'digit')).toThrow(InvalidImage);
    expect(() => toNetworkInput(new Uint8Array(0), 0, 0, 'digit')).toThrow(/0×0/);
    expect(() => toNetworkInput(new Uint8Array(4097), 4097, 1, 'reference')).toThrow(/from 1 to 4096/);
    expect(() => toNetworkInput(new Uint8Array(3), 1.5, 2, 'digit')).toThrow(InvalidImage);
  });

  it('handles the largest picture', () => {
    const largest = blankImage(4096, 4096, 200);
    for (let y = 1000; y < 3000; y++) largest.pixels.fill(20, y * 4096 + 1900, y * 4096 + 2300);
    expect(boxOf(input(largest))).toMatchObject({ top: 3, bottom: 28 });
  });
});

describe('createNetworkInput', () => {
  it('gives the bytes of toNetworkInput at an offset, whatever came before', () => {
    for (const preprocessing of ['digit', 'reference'] as const) {
      const write = createNetworkInput(preprocessing);
      const out = new Uint8Array(3 * INPUT_BYTES).fill(9);
      for (const index of [5, 80, 3, 41]) {
        const image = syntheticImage(index);
        write(image.pixels, image.width, image.height, out, INPUT_BYTES);
        expect(out.subarray(INPUT_BYTES, 2 * INPUT_BYTES)).toEqual(input(image, preprocessing));
      }
      expect(out[INPUT_BYTES - 1]).toBe(9);
      expect(out[2 * INPUT_BYTES]).toBe(9);
    }
  });

  it('refuses an output without room', () => {
    const write = createNetworkInput('digit');
    expect(() => write(new Uint8Array(4), 2, 2, new Uint8Array(INPUT_BYTES), 1)).toThrow(InvalidImage);
    expect(() => write(new Uint8Array(4), 2, 2, new Uint8Array(INPUT_BYTES), NaN)).toThrow(InvalidImage);
  });
});

describe('the preprocessing digit', () => {
  it('scales the ink box to 26 pixels and centres it', () => {
    for (const scale of [1, 2, 4]) expect(boxOf(input(drawnOne(scale)))).toMatchObject({ top: 3, bottom: 28 });
  });

  it('gives nearly the same for another polarity, contrast, margin or size', () => {
    const one = drawnOne(2);
    const expected = input(one);
    expect(input(mapped(one, (level) => 255 - level))).toEqual(expected);
    expect(meanDifference(input(mapped(one, (level) => 100 + level / 8)), expected)).toBeLessThan(1);
    expect(meanDifference(input(drawnOne(3)), expected)).toBeLessThan(3);
    const framed = blankImage(120, 100, 230);
    for (let y = 0; y < one.height; y++)
      framed.pixels.set(one.pixels.subarray(y * one.width, (y + 1) * one.width), (y + 20) * 120 + 50);
    expect(input(framed)).toEqual(expected);
  });

  it('drops specks but keeps dots that are part of a digit', () => {
    const one = drawnOne(2);
    const expected = input(one);
    const speckled = mapped(one, (level, i) => (i === one.width + 1 || i === one.pixels.length - 3 ? 20 : level));
    expect(input(speckled)).toEqual(expected);
    const dotted = blankImage(28, 28, 255);
    for (let y = 3; y < 25; y += 3) dotted.pixels[y * 28 + 14] = 0;
    expect(boxOf(input(dotted))).toMatchObject({ top: 3, bottom: 28 });
  });

  it('takes noise below eight levels for blank', () => {
    const flat = mapped(blankImage(40, 40), (_, i) => 100 + ((i * 7) % 8));
    expect(input(flat)).toEqual(new Uint8Array(INPUT_BYTES));
  });

  it('gives a large picture what its stored original gives', () => {
    for (const [width, height] of [
      [640, 480],
      [129, 1000],
    ] as const) {
      const large = syntheticImage(12, width, height);
      const original = limitSize(large, ORIGINAL_SIDE);
      expect(Math.max(original.width, original.height)).toBe(ORIGINAL_SIDE);
      expect(input(original)).toEqual(input(large));
    }
  });
});
