import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrayImage } from '../../../ml/image/gray-image.ts';
import { CELL_SIDE } from '../../../ml/reader/cells.ts';
import { createWorkingPicture, WORKING_SIDE } from '../../../ml/reader/working-picture.ts';
import { createRandom } from '../../../ml/random.ts';

/** Levels of the block of `side` at (x, y), of what lies inside. */
function blockOf({ pixels, width, height }: GrayImage, x: number, y: number, side: number): number[] {
  const levels: number[] = [];
  for (let row = y * side; row < Math.min(height, (y + 1) * side); row++)
    for (let column = x * side; column < Math.min(width, (x + 1) * side); column++)
      levels.push(pixels[row * width + column]!);
  return levels;
}

const meanOf = (levels: number[]): number =>
  Math.floor(levels.reduce((sum, level) => sum + level, 0) / levels.length + 0.5);

function noisyFrame(width: number, height: number, seed: number, offset: number): GrayImage {
  const random = createRandom(seed, 2);
  const range = [2, 20, 256][seed % 3]!;
  const low = random.integer(257 - range);
  // Bytes of a socket's message begin anywhere.
  const pixels = new Uint8Array(new ArrayBuffer(offset + width * height), offset);
  for (let i = 0; i < pixels.length; i++) pixels[i] = low + random.integer(range);
  return { pixels, width, height };
}

describe('the working picture', () => {
  const anySize = fc.record({
    width: fc.integer({ min: 1, max: 420 }),
    height: fc.integer({ min: 1, max: 420 }),
  });
  const halved = fc.record({
    width: fc.integer({ min: 26, max: 50 }).map((eighth) => 8 * eighth),
    height: fc.integer({ min: 1, max: 200 }).map((half) => 2 * half),
  });

  it('holds means of blocks, and means and extremes of its cells, for every size and place in memory', () => {
    const workingPicture = createWorkingPicture();
    fc.assert(
      fc.property(fc.oneof(halved, anySize), fc.nat(), fc.nat(7), ({ width, height }, seed, offset) => {
        const frame = noisyFrame(width, height, seed, offset);
        const picture = workingPicture(frame);
        expect(Math.max(picture.width, picture.height)).toBeLessThanOrEqual(WORKING_SIDE);
        const own = { ...picture, pixels: picture.pixels.slice(0, picture.width * picture.height) };
        const { cells } = picture;
        const means = own.pixels.map((_, i) =>
          meanOf(blockOf(frame, i % own.width, Math.floor(i / own.width), own.scale)),
        );
        expect(Buffer.from(own.pixels).equals(means)).toBe(true);
        expect([cells.columns, cells.rows]).toEqual([
          Math.ceil(own.width / CELL_SIDE),
          Math.ceil(own.height / CELL_SIDE),
        ]);
        for (let y = 0; y < cells.rows; y++)
          for (let x = 0; x < cells.columns; x++) {
            const levels = blockOf(own, x, y, CELL_SIDE);
            const i = cells.planes.first + y * cells.planes.stride + x;
            const mean = meanOf(levels);
            if (cells.means[i] !== mean + 65536 * (255 - mean)) expect.fail(`mean of cell ${x}, ${y}`);
            if (cells.inkiest[i] !== Math.min(...levels) + 65536 * (255 - Math.max(...levels)))
              expect.fail(`extremes of cell ${x}, ${y}`);
          }
      }),
      { seed: 42, numRuns: 80 },
    );
  });
});
