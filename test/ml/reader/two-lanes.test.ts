import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bothLanes, createLanePlanes, NEGATIVE } from '../../../ml/reader/two-lanes.ts';
import { createRandom } from '../../../ml/random.ts';

const SIDE = 20;

/** The greatest level within `radius`, windows cut at the border of the plane. */
function greatestAround(levels: number[][], x: number, y: number, radius: number): number {
  const rows = levels.slice(Math.max(0, y - radius), y + radius + 1);
  return Math.max(...rows.flatMap((row) => row.slice(Math.max(0, x - radius), x + radius + 1)));
}

describe('widening in two lanes', () => {
  const side = fc.integer({ min: 1, max: SIDE });
  const sharp = fc.constantFrom([0, 255], [0, 1], [254, 255], [100, 140], [0, 40, 200, 255]);

  it('gives what a naive sliding maximum gives, in both lanes and for every radius', () => {
    const planes = createLanePlanes(SIDE);
    fc.assert(
      fc.property(
        side,
        side,
        fc.constantFrom(2, 3, 4),
        fc.boolean(),
        fc.option(sharp),
        fc.nat(),
        (columns, rows, radius, inPlace, few, seed) => {
          const random = createRandom(seed, 1);
          const draw = (): number => (few === null ? random.integer(256) : few[random.integer(few.length)]!);
          const lower = Array.from({ length: rows }, () => Array.from({ length: columns }, draw));
          const upper = lower.map((row) => row.map(draw));
          const source = planes.newPlane();
          const at = (x: number, y: number): number => planes.first + y * planes.stride + x;
          for (let y = 0; y < rows; y++)
            for (let x = 0; x < columns; x++) source[at(x, y)] = lower[y]![x]! | (upper[y]![x]! << 16);
          const target = inPlace ? source : planes.newPlane();
          const region = { left: 0, top: 0, right: columns, bottom: rows };
          planes.widen(source, target, { region, radius, flip: NEGATIVE });
          const expected = planes.newPlane();
          for (let y = 0; y < rows; y++)
            for (let x = 0; x < columns; x++)
              expected[at(x, y)] =
                (greatestAround(lower, x, y, radius) | (greatestAround(upper, x, y, radius) << 16)) ^ NEGATIVE;
          expect(target).toEqual(expected);
        },
      ),
      { seed: 41, numRuns: 120 },
    );
  });

  it('keeps a level and its negative apart', () => {
    for (let level = 0; level < 256; level++) {
      expect(bothLanes(level) & 0xffff).toBe(level);
      expect(bothLanes(level) >>> 16).toBe(255 - level);
      expect(bothLanes(level) ^ NEGATIVE).toBe(bothLanes(255 - level));
    }
  });
});
