import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePng, encodePng, InvalidPng, PngTooLarge } from '../../../ml/codecs/png.ts';
import { syntheticImage } from '../image/synthetic.ts';

const chunk = (type: string, content: Uint8Array): Buffer => {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
};
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A PNG from raw rows: the formats that no library here writes. */
const handmade = (options: {
  width: number;
  height: number;
  bitDepth: number;
  colourType: number;
  rows: Uint8Array;
  extra?: Buffer[];
}): Buffer => {
  const { width, height, bitDepth, colourType, rows, extra = [] } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitDepth;
  header[9] = colourType;
  const parts = [SIGNATURE, chunk('IHDR', header), ...extra, chunk('IDAT', deflateSync(rows))];
  return Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]);
};

const raw = (image: { pixels: Uint8Array; width: number; height: number }) =>
  sharp(image.pixels, { raw: { width: image.width, height: image.height, channels: 1 } });
const greatestDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, level, i) => Math.max(most, Math.abs(level - b[i]!)), a.length === b.length ? 0 : Infinity);
const image = syntheticImage(3, 61, 37);

describe('encodePng and decodePng', () => {
  it('give the same pixels back', () => {
    for (let index = 0; index < 20; index++) {
      const original = syntheticImage(index);
      expect(decodePng(encodePng(original))).toEqual(original);
    }
  });

  it('agree with sharp on colour', async () => {
    const rgb = Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 37) % 256);
    const png = encodePng({ rgb, width: 5, height: 4 });
    expect(Uint8Array.from(await sharp(png).raw().toBuffer())).toEqual(rgb);
    const gray = Uint8Array.from({ length: 20 }, (_, i) =>
      Math.round(0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!),
    );
    expect(greatestDifference(decodePng(png).pixels, gray)).toBeLessThanOrEqual(1);
  });
});

describe('decodePng', () => {
  it('reads what sharp writes: every filter, interlaced, RGB, 16 bits', async () => {
    const gray = () => raw(image).toColourspace('b-w');
    const files = {
      adaptive: await gray().png({ adaptiveFiltering: true }).toBuffer(),
      interlaced: await gray().png({ progressive: true }).toBuffer(),
      rgb: await raw(image).toColourspace('srgb').png({ adaptiveFiltering: true }).toBuffer(),
      rgbInterlaced: await raw(image).toColourspace('srgb').png({ progressive: true }).toBuffer(),
      wide: await raw(image).toColourspace('grey16').png().toBuffer(),
      wideRgb: await raw(image).toColourspace('rgb16').png({ progressive: true }).toBuffer(),
    };
    for (const [name, file] of Object.entries(files)) {
      const decoded = decodePng(file);
      expect([name, decoded.width, decoded.height]).toEqual([name, 61, 37]);
      const tolerance = name.startsWith('wide') ? 1 : 0; // sharp widens 8 bits by a shift
      expect(greatestDifference(decoded.pixels, image.pixels), name).toBeLessThanOrEqual(tolerance);
    }
  });

  it('reads palettes, also interlaced and of few bits', async () => {
    for (const progressive of [false, true])
      for (const colours of [2, 4, 16, 200]) {
        const file = await raw(image).toColourspace('srgb').png({ palette: true, colours, progressive }).toBuffer();
        const expected = await sharp(file).toColourspace('srgb').extractChannel(0).raw().toBuffer();
        expect(greatestDifference(decodePng(file).pixels, expected)).toBe(0);
      }
  });

  it('reads interlaced pictures too small for some of the seven passes', async () => {
    for (const [width, height] of [
      [1, 1],
      [2, 3],
      [5, 1],
      [1, 9],
      [4, 4],
    ] as const) {
      const small = syntheticImage(9, width, height);
      const file = await raw(small).toColourspace('b-w').png({ progressive: true }).toBuffer();
      expect(decodePng(file)).toEqual(small);
    }
  });

  it('lays transparent pixels on white paper', async () => {
    const rgba = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 128, 255, 255, 255, 255);
    const file = await sharp(rgba, { raw: { width: 4, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    expect(Array.from(decodePng(file).pixels)).toEqual([255, 0, 127, 255]);
  });

  it('reads gray of 1, 2 and 4 bits, transparent levels, and a palette with transparency', () => {
    const bits = (bitDepth: number, ...bytes: number[]) =>
      Array.from(
        decodePng(handmade({ width: 3, height: 1, bitDepth, colourType: 0, rows: Uint8Array.of(0, ...bytes) })).pixels,
      );
    expect(bits(1, 0b10100000)).toEqual([255, 0, 255]);
    expect(bits(2, 0b00011100)).toEqual([0, 85, 255]);
    expect(bits(4, 0x0f, 0x80)).toEqual([0, 255, 136]);
    const key = handmade({
      width: 2,
      height: 1,
      bitDepth: 8,
      colourType: 0,
      rows: Uint8Array.of(0, 7, 9),
      extra: [chunk('tRNS', Uint8Array.of(0, 7))],
    });
    expect(Array.from(decodePng(key).pixels)).toEqual([255, 9]);
    const palette = handmade({
      width: 3,
      height: 1,
      bitDepth: 8,
      colourType: 3,
      rows: Uint8Array.of(0, 0, 1, 9),
      extra: [chunk('PLTE', Uint8Array.of(10, 10, 10, 20, 20, 20)), chunk('tRNS', Uint8Array.of(0))],
    });
    expect(Array.from(decodePng(palette).pixels)).toEqual([255, 20, 0]);
  });

  it('refuses what is cut short anywhere', () => {
    const file = encodePng(image);
    for (let length = 0; length < file.length; length++)
      expect(() => decodePng(file.subarray(0, length))).toThrow(InvalidPng);
  });

  it('refuses a flipped bit anywhere', () => {
    const file = encodePng(syntheticImage(1, 9, 9));
    for (let position = 0; position < file.length * 8; position++) {
      const broken = file.slice();
      broken[position >> 3]! ^= 1 << (position & 7);
      expect(() => decodePng(broken)).toThrow(/png: /);
    }
  });

  it('refuses a picture of too many pixels before it decompresses any', () => {
    expect(() => decodePng(encodePng(image), { maxPixels: 61 * 37 - 1 })).toThrow(PngTooLarge);
    const bomb = { width: 4096, height: 4097, bitDepth: 8, colourType: 0, rows: new Uint8Array(1) };
    expect(() => decodePng(handmade(bomb))).toThrow(PngTooLarge);
  });

  it('refuses more pixels than declared, fewer, and formats that do not exist', () => {
    const format = { width: 2, height: 2, bitDepth: 8, colourType: 0 };
    expect(() => decodePng(handmade({ ...format, rows: new Uint8Array(1_000_000) }))).toThrow(InvalidPng);
    expect(() => decodePng(handmade({ ...format, rows: new Uint8Array(5) }))).toThrow(InvalidPng);
    expect(() => decodePng(handmade({ ...format, rows: Uint8Array.of(5, 0, 0, 0, 0, 0) }))).toThrow(/filter/);
    expect(() => decodePng(handmade({ ...format, colourType: 5, rows: new Uint8Array(6) }))).toThrow(/colour type 5/);
    expect(() => decodePng(handmade({ ...format, colourType: 3, rows: new Uint8Array(6) }))).toThrow(/palette/);
    expect(() => decodePng(handmade({ ...format, width: 0, rows: new Uint8Array(2) }))).toThrow(/0×2/);
  });
});
