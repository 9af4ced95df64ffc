import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LETTERS, type Alphabet } from '../../../ml/negatives/alphabet.ts';
import { textureNegative, typefaceNegative } from '../../../ml/negatives/make-negative.ts';
import { isUpright, looksLike, shapeOf } from '../../../ml/negatives/shape.ts';
import { inkOf, type Ink } from '../../../ml/raster/ink.ts';
import type { Contour } from '../../../ml/raster/outline.ts';

const box = (left: number, top: number, right: number, bottom: number): Contour => [
  left,
  top,
  right,
  top,
  right,
  bottom,
  left,
  bottom,
];

/** Seven-segment digits: a typeface of rectangles. */
const SEGMENTS = [0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f];
const segments: Contour[] = [
  box(4, -70, 36, -62),
  box(0, -70, 8, -36),
  box(32, -70, 40, -36),
  box(4, -39, 36, -31),
  box(0, -34, 8, 0),
  box(32, -34, 40, 0),
  box(4, -8, 36, 0),
];
const digit = (bits: number): Ink => inkOf(segments.filter((_, i) => (bits >> i) & 1))!;
const alphabet: Alphabet = {
  digits: SEGMENTS.map(digit),
  letter: (character) => {
    const code = LETTERS.indexOf(character);
    return code % 3 === 0 ? undefined : inkOf([box(0, -60, 10 + code, -50), box(code, -60, code + 9, 0)]);
  },
};

const digestOf = (images: { image: { pixels: Uint8Array; width: number } }[]): string => {
  const hash = createHash('sha256');
  for (const { image } of images) hash.update(`${image.width}`).update(image.pixels);
  return hash.digest('hex');
};

describe('negatives', () => {
  const printed = Array.from({ length: 400 }, (_, number) => typefaceNegative(alphabet, 7, number));
  const textures = Array.from({ length: 200 }, (_, number) => textureNegative(7, number));

  it('have the same bytes on every machine', () => {
    expect(digestOf(printed)).toMatchInlineSnapshot(
      `"738792ffb2ea085a0d4fab0d7c631ff638d7e36ae7c199274235a6f304a70946"`,
    );
    expect(digestOf(textures)).toMatchInlineSnapshot(
      `"cf935ade5ec321023f1373d60573f668ebe261a2b5232fffecae7ed68b119b07"`,
    );
  });

  it('depend on seed and number alone', () => {
    expect(typefaceNegative(alphabet, 7, 399)).toEqual(printed[399]);
    expect(typefaceNegative(alphabet, 8, 399)).not.toEqual(printed[399]);
    expect(textureNegative(7, 3)).toEqual(textures[3]);
  });

  it('come in the shares of the recipe', () => {
    const share = (kind: string): number => printed.filter((negative) => negative.kind === kind).length / 400;
    expect(share('letter')).toBeGreaterThan(0.42 / 0.8 - 0.1);
    for (const kind of ['word', 'half', 'joined', 'closeUp']) expect(share(kind)).toBeGreaterThan(0.05);
    expect(new Set(textures.map(({ kind }) => kind)).size).toBe(9);
  });

  it('are squares of at most 128 pixels that show something', () => {
    for (const { image } of [...printed, ...textures]) {
      expect(image.width).toBe(image.height);
      expect(image.width).toBeLessThanOrEqual(128);
      expect(image.pixels.length).toBe(image.width * image.height);
    }
    for (const { image } of printed) expect(Math.min(...image.pixels)).toBeLessThan(128);
  });

  it('are made from a typeface without letters as well', () => {
    const bare: Alphabet = { ...alphabet, letter: () => undefined };
    const kinds = new Set(Array.from({ length: 60 }, (_, number) => typefaceNegative(bare, 1, number).kind));
    expect([...kinds].sort()).toEqual(['closeUp', 'half', 'joined']);
  });
});

describe('shapes', () => {
  it('that stand are upright bars, those that lie or bend are not', () => {
    expect(isUpright(inkOf([box(0, 0, 10, 60)])!)).toBe(true);
    expect(isUpright(inkOf([[0, 60, 12, 60, 34, 0, 22, 0]])!)).toBe(true);
    expect(isUpright(inkOf([box(0, 0, 60, 10)])!)).toBe(false);
    expect(isUpright(inkOf([[0, 20, 0, 30, 60, 10, 60, 0]])!)).toBe(false);
    expect(isUpright(inkOf([box(0, 0, 40, 60)])!)).toBe(false);
    expect(isUpright(alphabet.digits[5]!)).toBe(false);
  });

  it('look alike at any size, and not when their parts or proportions differ', () => {
    const [zero, two] = [digit(0x77), digit(0x5d)].map(shapeOf);
    const small = shapeOf(inkOf(segments.filter((_, i) => (0x77 >> i) & 1).map((c) => c.map((v) => v * 0.6)))!);
    expect(looksLike(zero!, small)).toBe(true);
    expect(looksLike(zero!, two!)).toBe(false);
    expect(looksLike(shapeOf(inkOf([box(0, 0, 10, 60)])!), shapeOf(inkOf([box(0, 0, 60, 60)])!))).toBe(false);
  });
});
