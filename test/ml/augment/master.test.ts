import { describe, expect, it } from 'vitest';
import { createMasterMaker, makeCanvasMaster } from '../../../ml/augment/master.ts';
import { InvalidImage } from '../../../ml/image/gray-image.ts';
import type { GrayImage } from '../../../ml/image/gray-image.ts';
import { toNetworkInput } from '../../../ml/image/network-input.ts';
import { syntheticImage } from '../image/synthetic.ts';

/** A dark bar of `width`×`height` on light paper, off the middle. */
function bar(width: number, height: number): GrayImage {
  const side = 60;
  const pixels = new Uint8Array(side * side).fill(240);
  for (let y = 0; y < height; y++) pixels.fill(10, (y + 2) * side + 8, (y + 2) * side + 8 + width);
  return { pixels, width: side, height: side };
}

function boxSides(pixels: Uint8Array): { width: number; height: number; left: number; top: number } {
  const ink = Array.from(pixels.keys()).filter((i) => pixels[i]! > 127);
  const xs = ink.map((i) => i % 64);
  const ys = ink.map((i) => Math.floor(i / 64));
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  return { width: Math.max(...xs) - left + 1, height: Math.max(...ys) - top + 1, left, top };
}

describe('makeCanvasMaster', () => {
  it('fits the ink into height 48 or width 56, bright, in the middle', () => {
    const tall = boxSides(makeCanvasMaster(bar(10, 40), 'typeface').pixels);
    expect(tall.height).toBeGreaterThanOrEqual(44);
    expect(tall.height).toBeLessThanOrEqual(48);
    expect(Math.abs(tall.top - (64 - tall.height) / 2)).toBeLessThanOrEqual(1);
    const wide = boxSides(makeCanvasMaster(bar(50, 6), 'other').pixels);
    expect(wide.width).toBeGreaterThanOrEqual(52);
    expect(wide.width).toBeLessThanOrEqual(56);
    expect(Math.abs(wide.left - (64 - wide.width) / 2)).toBeLessThanOrEqual(1);
  });

  it('gives typefaces a skeleton one pixel wide inside the ink, and nothing else one', () => {
    const { pixels, skeleton } = makeCanvasMaster(bar(12, 40), 'typeface');
    const on = Array.from({ length: 4096 }, (_, i) => (skeleton![i >> 3]! >> (i & 7)) & 1);
    expect(skeleton).toHaveLength(512);
    expect(on.every((bit, i) => bit === 0 || pixels[i]! > 127)).toBe(true);
    for (let y = 20; y < 44; y++) expect(on.slice(y * 64, (y + 1) * 64).reduce((sum, bit) => sum + bit, 0)).toBe(1);
    expect(makeCanvasMaster(bar(12, 40), 'handwriting').skeleton).toBeUndefined();
    expect(makeCanvasMaster(bar(12, 40), 'other').skeleton).toBeUndefined();
  });

  it('keeps all of a texture whose ink reaches the frame', () => {
    const pixels = Uint8Array.from({ length: 1024 }, (_, i) => (((i >> 2) + (i >> 7)) % 2 === 0 ? 230 : 20));
    const { width, height } = boxSides(makeCanvasMaster({ pixels, width: 32, height: 32 }, 'other').pixels);
    expect(height).toBeGreaterThanOrEqual(40);
    expect(width).toBeGreaterThanOrEqual(40);
  });

  it('gives nearly the network input of the original when it is read itself', () => {
    for (let index = 0; index < 20; index++) {
      const image = syntheticImage(index, 60, 60);
      const direct = toNetworkInput(image.pixels, 60, 60, 'digit');
      const through = toNetworkInput(makeCanvasMaster(image, 'other').pixels, 64, 64, 'digit');
      const difference = direct.reduce((sum, level, i) => sum + Math.abs(level - through[i]!), 0) / 1024;
      expect(difference).toBeLessThan(12);
    }
  });

  it('refuses a picture whose bytes do not fit its sides', () => {
    expect(() => makeCanvasMaster({ pixels: new Uint8Array(3), width: 2, height: 2 }, 'other')).toThrow(InvalidImage);
  });
});

describe('createMasterMaker', () => {
  it('makes what the preset starts from', () => {
    const image = syntheticImage(1);
    const kind = (preset: 'camera' | 'reference' | 'none') =>
      createMasterMaker({ preset, preprocessing: 'reference' })(image, 'other');
    expect(kind('camera').kind).toBe('canvas');
    const input = toNetworkInput(image.pixels, image.width, image.height, 'reference');
    expect(kind('reference')).toEqual({ kind: 'input', pixels: input });
    expect(kind('none')).toEqual(kind('reference'));
  });
});
