import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, type Decoded } from '../../../activities/sources/decode.ts';
import { imageTypeOf } from '../../../ml/codecs/image-type.ts';
import { encodePng } from '../../../ml/codecs/png.ts';
import { makeBmp } from '../../ml/codecs/make-bmp.ts';
import type { GrayImage } from '../../../ml/image/gray-image.ts';
import { createRandom } from '../../../ml/random.ts';

/** A dark disc on white: smooth, so that lossy formats stay near it. */
const disc: GrayImage = {
  pixels: Uint8Array.from({ length: 40 * 30 }, (_, i) => {
    const distance = ((i % 40) - 20) ** 2 + (Math.floor(i / 40) - 15) ** 2;
    return Math.min(255, 20 + distance);
  }),
  width: 40,
  height: 30,
};
const raw = () => sharp(disc.pixels, { raw: { width: 40, height: 30, channels: 1 } });

function expectNear(got: Decoded, tolerance: number): void {
  if ('reason' in got) throw new Error(`${got.reason}: ${got.detail}`);
  expect([got.width, got.height]).toEqual([40, 30]);
  const off = Math.max(...got.pixels.map((level, i) => Math.abs(level - disc.pixels[i]!)));
  expect(off).toBeLessThanOrEqual(tolerance);
}

describe('an image', () => {
  it.each([
    ['png', 0, () => raw().png()],
    ['png', 0, () => raw().png({ palette: true })],
    ['png', 1, () => raw().toColourspace('rgb16').png()],
    ['jpeg', 12, () => raw().jpeg({ quality: 95 })],
    ['webp', 0, () => raw().webp({ lossless: true })],
    ['gif', 12, () => raw().gif()],
    ['tiff', 0, () => raw().tiff({ compression: 'lzw' })],
    ['tiff', 0, () => raw().toColourspace('grey16').tiff({ compression: 'none' })],
    ['tiff', 0, () => raw().toColourspace('srgb').tiff({ compression: 'deflate' })],
  ] as const)('in %s comes out gray, within %d levels', async (type, tolerance, make) => {
    const bytes = await make().toBuffer();
    expect(imageTypeOf(bytes)).toBe(type);
    expectNear(await decodeImage(bytes), tolerance);
  });

  it('in BMP comes out as in PNG', async () => {
    expectNear(await decodeImage(makeBmp(disc, { bits: 24 })), 0);
    const cut = await decodeImage(makeBmp(disc, { bits: 24 }).subarray(0, -1));
    expect(cut).toMatchObject({ reason: 'unreadable', detail: expect.stringMatching(/expected 3600 bytes from 54/) });
  });

  it.each(['png', 'webp', 'tiff'] as const)('in %s shows white paper where it is transparent', async (type) => {
    const pixels = Uint8Array.from({ length: 8 * 4 * 4 }, (_, i) => [0, 0, 0, i < 64 ? 0 : 255][i % 4]!);
    const image = sharp(pixels, { raw: { width: 8, height: 4, channels: 4 } });
    const bytes = await image
      .toFormat(type, { png: {}, webp: { lossless: true }, tiff: { compression: 'deflate' } }[type])
      .toBuffer();
    const got = (await decodeImage(bytes)) as GrayImage;
    expect([...got.pixels]).toEqual([...Array<number>(16).fill(255), ...Array<number>(16).fill(0)]);
  });

  it('in one bit is black and white', async () => {
    const bytes = await raw()
      .threshold(128)
      .toColourspace('b-w')
      .tiff({ bitdepth: 1, compression: 'ccittfax4' })
      .toBuffer();
    const got = (await decodeImage(bytes)) as GrayImage;
    expect(new Set(got.pixels)).toEqual(new Set([0, 255]));
  });

  it('is turned the way its camera says', async () => {
    const bytes = await raw().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await decodeImage(bytes)).toMatchObject({ width: 30, height: 40 });
  });

  it('is reduced to 128 pixels on its longest side', async () => {
    const large = encodePng({ pixels: new Uint8Array(512 * 256).fill(77), width: 512, height: 256 });
    const got = (await decodeImage(large)) as GrayImage;
    expect([got.width, got.height, new Set(got.pixels)]).toEqual([128, 64, new Set([77])]);
  });
});

describe('a file that is no image', () => {
  it('is set aside with its reason', async () => {
    const reasonOf = async (bytes: Uint8Array) => ((await decodeImage(bytes)) as { reason?: string }).reason;
    const jpeg = await raw().jpeg().toBuffer();
    const wide = await sharp({ create: { width: 5000, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const bomb = encodePng({ pixels: new Uint8Array(4), width: 2, height: 2 });
    bomb.set([0, 1, 0, 0, 0, 1, 0, 0], 16); // 65,536 × 65,536 in the header
    expect(await reasonOf(new Uint8Array(0))).toBe('empty');
    expect(await reasonOf(Buffer.from('<svg/>'))).toBe('not-an-image');
    expect(await reasonOf(jpeg.subarray(0, jpeg.length >> 1))).toBe('unreadable');
    expect(await reasonOf(Uint8Array.of(0xff, 0xd8, 0xff))).toBe('unreadable');
    expect(await reasonOf(wide)).toBe('too-large');
    expect(['too-large', 'unreadable']).toContain(await reasonOf(bomb));
    expect(await reasonOf(new Uint8Array(32 * 1024 * 1024 + 1))).toBe('too-large');
  });

  it('never throws, whatever its bytes', async () => {
    const random = createRandom(5);
    const seeds = await Promise.all(
      [raw().png(), raw().jpeg(), raw().webp(), raw().gif(), raw().tiff()].map((image) => image.toBuffer()),
    );
    for (let round = 0; round < 150; round++) {
      const bytes = Uint8Array.from(seeds[round % seeds.length]!);
      for (let i = 0; i < 6; i++) bytes[random.integer(bytes.length)] = random.integer(256);
      const decoded = await decodeImage(bytes.subarray(0, 1 + random.integer(bytes.length)));
      if ('reason' in decoded) expect(decoded.detail.length).toBeGreaterThan(10);
      else expect(decoded.pixels.length).toBe(decoded.width * decoded.height);
    }
  });
});
