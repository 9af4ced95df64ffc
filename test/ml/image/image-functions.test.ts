import { describe, expect, it } from 'vitest';
import { createPartFinder } from '../../../ml/image/components.ts';
import { contactSheet } from '../../../ml/image/contact-sheet.ts';
import { blankImage } from '../../../ml/image/gray-image.ts';
import { quantile } from '../../../ml/image/histogram.ts';
import { resample } from '../../../ml/image/resample.ts';
import { thin } from '../../../ml/image/thinning.ts';
import { createRandom } from '../../../ml/random.ts';
import { syntheticImage } from './synthetic.ts';

/** A picture from rows of text, # is ink. */
const drawn = (...rows: string[]) => ({
  pixels: Uint8Array.from(rows.join(''), (letter) => (letter === '#' ? 255 : 0)),
  width: rows[0]!.length,
  height: rows.length,
});
const identity = Uint8Array.from({ length: 256 }, (_, level) => level);

describe('createPartFinder', () => {
  /** Labels by flood filling: ink pixels at most three apart in x and y are one part. */
  function keptByFlooding(pixels: Uint8Array, side: number): Uint8Array {
    const kept = new Uint8Array(pixels.length);
    const seen = new Uint8Array(pixels.length);
    const total = pixels.reduce((sum, level) => sum + (level > 89 ? 1 : 0), 0);
    for (let start = 0; start < pixels.length; start++) {
      if (pixels[start]! <= 89 || seen[start]) continue;
      const part = [start];
      seen[start] = 1;
      for (const here of part)
        for (let dy = -3; dy <= 3; dy++)
          for (let dx = -3; dx <= 3; dx++) {
            const x = (here % side) + dx;
            const y = Math.floor(here / side) + dy;
            const there = y * side + x;
            if (x < 0 || y < 0 || x >= side || y >= side || seen[there] || pixels[there]! <= 89) continue;
            seen[there] = 1;
            part.push(there);
          }
      if (part.length >= 0.02 * total) for (const i of part) kept[i] = 1;
    }
    return kept;
  }

  it('keeps what flood filling keeps, on random pictures of any density', () => {
    const side = 40;
    const findParts = createPartFinder(side);
    for (let round = 0; round < 60; round++) {
      const random = createRandom(round);
      const density = random.between(0.005, 0.3);
      const pixels = Uint8Array.from({ length: side * side }, () => (random.chance(density) ? 200 : 0));
      const parts = findParts(pixels, side, side, identity);
      const kept = new Uint8Array(pixels.length);
      for (let run = 0; run < parts.count; run++)
        if (parts.kept[run])
          for (let x = parts.from[run]!; x < parts.to[run]!; x++)
            if (pixels[parts.row[run]! * side + x]! > 89) kept[parts.row[run]! * side + x] = 1;
      expect(kept).toEqual(keptByFlooding(pixels, side));
    }
  });

  it('gives the box of what it keeps, and an empty one without ink', () => {
    const findParts = createPartFinder(64);
    const image = drawn('......', '..##..', '...#..', '......');
    expect(findParts(image.pixels, 6, 4, identity)).toMatchObject({ left: 2, top: 1, right: 4, bottom: 3 });
    expect(findParts(new Uint8Array(24), 6, 4, identity)).toMatchObject({ count: 0, left: 0, top: 0, right: 0 });
  });
});

describe('thin', () => {
  it('leaves a line one pixel wide, in one piece, and its ends nearly where they were', () => {
    const bar = blankImage(20, 11);
    for (let y = 3; y < 8; y++) bar.pixels.fill(255, y * 20 + 2, y * 20 + 18);
    const skeleton = thin(bar);
    const columns = Array.from({ length: 20 }, (_, x) =>
      Array.from({ length: 11 }, (_, y) => skeleton[y * 20 + x]!).reduce((sum, value) => sum + value, 0),
    );
    expect(Math.max(...columns)).toBe(1);
    expect(columns.slice(5, 15)).toEqual(Array<number>(10).fill(1));
  });

  it('keeps a ring a ring and a single pixel a pixel', () => {
    const ring = drawn(
      '.........',
      '.#######.',
      '.#######.',
      '.##...##.',
      '.##...##.',
      '.##...##.',
      '.#######.',
      '.#######.',
    );
    expect(thin(ring)[4 * 9 + 4]).toBe(0);
    expect(thin(ring).reduce((sum, value) => sum + value, 0)).toBeGreaterThan(12);
    expect(Array.from(thin(drawn('...', '.#.', '...')))).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });
});

describe('resample', () => {
  it('keeps a picture of its own size, a level everywhere, and the mean when shrinking by area', () => {
    const image = syntheticImage(2, 40, 24);
    for (const kernel of ['tent', 'area', 'cubic'] as const) {
      expect(resample(image, 40, 24, kernel)).toEqual(image);
      expect(new Set(resample(blankImage(9, 31, 140), 50, 6, kernel).pixels)).toEqual(new Set([140]));
    }
    const small = resample({ pixels: Uint8Array.of(0, 100, 200, 60), width: 2, height: 2 }, 1, 1, 'area');
    expect(Array.from(small.pixels)).toEqual([90]);
  });
});

describe('quantile', () => {
  it('gives the level at or below which a share of the pixels lies', () => {
    const histogram = new Int32Array(256);
    histogram.set([4, 0, 4, 2], 10);
    expect([0, 0.4, 0.5, 0.8, 0.9, 1].map((share) => quantile(histogram, 0, 255, share))).toEqual([
      10, 10, 12, 12, 13, 13,
    ]);
  });
});

describe('contactSheet', () => {
  it('enlarges small pictures by a whole factor, cuts large ones, and leaves gaps', () => {
    const sheet = contactSheet([drawn('#'), blankImage(9, 9, 50)], { columns: 2, cellSide: 3, gap: 1, background: 7 });
    expect([sheet.width, sheet.height]).toEqual([9, 5]);
    expect(Array.from(sheet.pixels.subarray(9, 18))).toEqual([7, 255, 255, 255, 7, 50, 50, 50, 7]);
    expect(Array.from(sheet.pixels.subarray(0, 9))).toEqual(Array<number>(9).fill(7));
  });
});
