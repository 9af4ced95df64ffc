import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import sharp from 'sharp';
import { checkPicture } from '../../../inference/routes/picture.ts';
import { MOST_PIXELS } from '../../../inference/picture-cost.ts';
import { HttpProblem } from '../../../inference/routes/problem.ts';

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 10, b: 40 } } });

describe('the header of a picture', () => {
  test.each<[string, 'png' | 'jpeg' | 'webp', (width: number, height: number) => Promise<Buffer>]>([
    ['PNG', 'png', (w, h) => picture(w, h).png().toBuffer()],
    ['JPEG', 'jpeg', (w, h) => picture(w, h).jpeg().toBuffer()],
    ['progressive JPEG', 'jpeg', (w, h) => picture(w, h).jpeg({ progressive: true }).toBuffer()],
    ['JPEG with EXIF', 'jpeg', (w, h) => picture(w, h).jpeg().withMetadata({ orientation: 6 }).toBuffer()],
    ['WebP', 'webp', (w, h) => picture(w, h).webp().toBuffer()],
    ['lossless WebP', 'webp', (w, h) => picture(w, h).webp({ lossless: true }).toBuffer()],
    ['WebP with alpha', 'webp', (w, h) => picture(w, h).ensureAlpha(0.5).webp().toBuffer()],
  ])('of a %s tells type and sides', async (_name, type, encode) => {
    for (const [width, height] of [
      [1, 1],
      [33, 700],
      [1_283, 20],
    ] as const)
      expect(checkPicture(await encode(width, height))).toEqual({ type, width, height });
  });

  test('never makes anything but a problem of cut or changed bytes', async () => {
    const files = await Promise.all([
      picture(40, 30).png().toBuffer(),
      picture(40, 30).jpeg().toBuffer(),
      picture(40, 30).webp().toBuffer(),
    ]);
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.nat(400),
        fc.array(fc.tuple(fc.nat(399), fc.nat(255)), { maxLength: 8 }),
        (which, length, changes) => {
          const bytes = Buffer.from(files[which]!.subarray(0, length));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const { width, height } = checkPicture(bytes);
            expect(width * height).toBeGreaterThan(0);
            expect(width * height).toBeLessThanOrEqual(MOST_PIXELS);
          } catch (error) {
            expect(error).toBeInstanceOf(HttpProblem);
          }
        },
      ),
      { numRuns: 2_000, seed: 7 },
    );
  });
});
