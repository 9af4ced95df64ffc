import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { decodeImage } from '../../inference/decode-image.ts';
import { refuseCostlyPicture } from '../../inference/picture-cost.ts';
import { repairPng } from '../support/mutate.ts';

const MEBIBYTE = 1024 * 1024;

const small = (channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { width: 16, height: 16, channels, background: { r: 200, g: 90, b: 40, alpha: 0.5 } } });

/** The same file with other sides in its header: what a bomb of that kind looks like before it is unpacked. */
async function withSides(made: Sharp, side: number, write: (bytes: Buffer, side: number) => Buffer): Promise<Buffer> {
  return write(await made.toBuffer(), side);
}

const inPng = (bytes: Buffer, side: number): Buffer => {
  bytes.writeUInt32BE(side, 16);
  bytes.writeUInt32BE(side, 20);
  return repairPng(bytes);
};
const inGif = (bytes: Buffer, side: number): Buffer => {
  const frame = bytes.indexOf(Buffer.from([0x2c, 0, 0, 0, 0, 16, 0, 16, 0]));
  for (const at of [6, 8, frame + 5, frame + 7]) bytes.writeUInt16LE(side, at);
  return bytes;
};
/** SOF2 is the frame header of a progressive JPEG. */
const inJpeg = (bytes: Buffer, side: number): Buffer => {
  const at = bytes.indexOf(Buffer.from([0xff, 0xc2]));
  bytes.writeUInt16BE(side, at + 5);
  bytes.writeUInt16BE(side, at + 7);
  return bytes;
};

const facts = (changes: object) =>
  ({
    format: 'jpeg',
    width: 4_000,
    height: 3_000,
    channels: 3,
    depth: 'uchar',
    isProgressive: false,
    ...changes,
  }) as const;

test.each([
  ['what a phone takes', {}],
  [
    'a progressive JPEG of 50 million pixels',
    { width: 8_160, height: 6_120, isProgressive: true, chromaSubsampling: '4:2:0' },
  ],
  ['a scanned page as PNG', { format: 'png', width: 4_960, height: 7_016, channels: 4 }],
  ['a still WebP of 50 million pixels', { format: 'webp', width: 8_160, height: 6_120 }],
])('%s is decoded', (_, changes) => {
  expect(() => refuseCostlyPicture(facts(changes) as never)).not.toThrow();
});

test.each([
  ['more pixels than any camera makes', { width: 10_000, height: 6_000 }],
  [
    'an interlaced PNG with 16 bits',
    { format: 'png', width: 7_000, height: 7_000, channels: 4, depth: 'ushort', isProgressive: true },
  ],
  [
    'a progressive JPEG with full colours',
    { width: 7_000, height: 7_000, isProgressive: true, chromaSubsampling: '4:4:4' },
  ],
  ['a GIF', { format: 'gif', width: 7_000, height: 7_000 }],
  ['an animated WebP', { format: 'webp', width: 5_000, height: 5_000, pages: 3 }],
  ['a TIFF of floats', { format: 'tiff', width: 5_000, height: 5_000, depth: 'float' }],
])('%s is refused, with a word on what to do', (_, changes) => {
  expect(() => refuseCostlyPicture(facts(changes) as never)).toThrow(
    /expected (at most 52000000 pixels|a picture that)/,
  );
});

test('bombs are refused by their headers: no time and no memory is spent', async () => {
  const bombs = await Promise.all([
    withSides(small().gif(), 7_000, inGif),
    withSides(small().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }), 6_000, inJpeg),
    withSides(small(4).png({ progressive: true }), 6_800, inPng),
  ]);
  const sides = await Promise.all(bombs.map(async (bomb) => (await sharp(bomb).metadata()).width));
  expect(sides).toEqual([7_000, 6_000, 6_800]);
  const before = process.memoryUsage().rss;
  for (const bomb of bombs) {
    const before = process.cpuUsage();
    await expect(decodeImage(bomb)).rejects.toThrow(
      /expected a picture that decodes in 160 MiB of memory, got a (gif|jpeg|png)/,
    );
    const { user, system } = process.cpuUsage(before); // of every thread, in microseconds
    expect((user + system) / 1_000).toBeLessThan(1_000); // unpacking one takes seconds
  }
  expect((process.memoryUsage().rss - before) / MEBIBYTE).toBeLessThan(40);
});

test.each([
  ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'],
  ['SVG with a prolog', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
  ['HTML', '<!doctype html><img src="http://127.0.0.1/x.png">'],
  ['PDF', '%PDF-1.4'],
])('%s is no picture here, though a decoder for it may be at hand', async (_, text) => {
  await expect(decodeImage(Buffer.from(text))).rejects.toThrow(/expected PNG, JPEG, WebP, GIF, TIFF or BMP/);
});

test('AVIF is no picture here', async () => {
  await expect(decodeImage(await small().avif({ effort: 0 }).toBuffer())).rejects.toThrow(/got other bytes/);
});
