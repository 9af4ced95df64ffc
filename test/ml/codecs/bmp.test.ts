import { describe, expect, it } from 'vitest';
import { BmpTooLarge, decodeBmp, InvalidBmp } from '../../../ml/codecs/bmp.ts';
import { imageTypeOf } from '../../../ml/codecs/image-type.ts';
import { createRandom } from '../../../ml/random.ts';
import { makeBmp, type BmpOptions } from './make-bmp.ts';

/** Odd sides, so that every row is padded. */
const image = {
  width: 13,
  height: 7,
  pixels: Uint8Array.from({ length: 91 }, (_, i) => (i * 37) % 256),
};
const decode = (bytes: Uint8Array) => decodeBmp(bytes, { maxPixels: 1_000_000 });

describe('a BMP', () => {
  it.each([
    [{ bits: 1 }, 128],
    [{ bits: 4 }, 9],
    [{ bits: 4, topDown: true, gap: 5 }, 9],
    [{ bits: 8 }, 0],
    [{ bits: 8, topDown: true, gap: 17 }, 0],
    [{ bits: 16 }, 5],
    [{ bits: 16, masks: [0xf800, 0x7e0, 0x1f] }, 5],
    [{ bits: 24 }, 0],
    [{ bits: 24, topDown: true }, 0],
    [{ bits: 32 }, 0],
    [{ bits: 32, masks: [0xff000000, 0xff0000, 0xff00], gap: 4 }, 0],
  ] as [BmpOptions, number][])('of %o comes out gray, within %d levels', (options, tolerance) => {
    const bytes = makeBmp(image, options);
    expect(imageTypeOf(bytes)).toBe('bmp');
    const got = decode(bytes);
    expect([got.width, got.height]).toEqual([13, 7]);
    const off = Math.max(...got.pixels.map((level, i) => Math.abs(level - image.pixels[i]!)));
    expect(off).toBeLessThanOrEqual(tolerance);
  });

  it('in colour is weighed as a PNG is', () => {
    const bytes = makeBmp({ pixels: Uint8Array.of(0), width: 1, height: 1 }, { bits: 24 });
    bytes.set([200, 100, 50], 54); // blue, green, red
    expect([...decode(bytes).pixels]).toEqual([(50 * 4899 + 100 * 9617 + 200 * 1868 + 8192) >> 14]);
  });

  it.each([
    ['run-length coding', makeBmp(image, { bits: 8, compression: 1 }), /expected no compression, got number 1/],
    ['a PNG inside', makeBmp(image, { bits: 24, compression: 5 }), /got number 5/],
    ['another depth', makeBmp(image, { bits: 8 }).fill(2, 28, 29), /bits a pixel, got 2/],
    ['no width', makeBmp(image, { bits: 8 }).fill(0, 18, 22), /at least one pixel, got 0×7/],
    ['an old header', makeBmp(image, { bits: 8 }).fill(12, 14, 15), /got 12/],
    ['a mask with a hole', makeBmp(image, { bits: 32, masks: [0xf0f000, 0xff00, 0xff] }), /side by side, got f0f000/],
    ['a palette that is too short', makeBmp(image, { bits: 8 }).fill(3, 46, 47), /expected 3 colours, got number/],
  ])('with %s is refused', (_, bytes, message) => {
    expect(() => decode(bytes)).toThrow(InvalidBmp);
    expect(() => decode(bytes)).toThrow(message);
  });

  it('is refused wherever it is cut', () => {
    for (const options of [{ bits: 1 }, { bits: 8 }, { bits: 32, masks: [0xff0000, 0xff00, 0xff] }] as BmpOptions[]) {
      const bytes = makeBmp(image, options);
      for (let end = 0; end < bytes.length; end++) expect(() => decode(bytes.subarray(0, end))).toThrow(InvalidBmp);
    }
  });

  it('of more pixels than allowed is refused before memory is taken', () => {
    const bytes = makeBmp(image, { bits: 8 });
    bytes.writeInt32LE(60_000, 18);
    bytes.writeInt32LE(-60_000, 22);
    expect(() => decode(bytes)).toThrow(BmpTooLarge);
  });

  it('fails in no other way when bytes are damaged', () => {
    const kinds = [{ bits: 1 }, { bits: 4 }, { bits: 8 }, { bits: 16 }, { bits: 24 }, { bits: 32 }].map((options) =>
      makeBmp(image, options),
    );
    const random = createRandom(5);
    for (let round = 0; round < 3_000; round++) {
      const bytes = Uint8Array.from(kinds[round % kinds.length]!);
      for (let i = 0; i <= random.integer(4); i++) bytes[random.integer(70)] = random.integer(256);
      try {
        decode(bytes);
      } catch (error) {
        expect(error instanceof InvalidBmp || error instanceof BmpTooLarge, String(error)).toBe(true);
      }
    }
  });
});
