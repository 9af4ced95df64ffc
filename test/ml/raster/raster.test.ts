import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embolden, dilate } from '../../../ml/raster/embolden.ts';
import { boundsOf, fillContours } from '../../../ml/raster/fill.ts';
import { countHoles } from '../../../ml/raster/holes.ts';
import { cropInk, cutInk, inkOf, joinInk, onPaper, type Ink } from '../../../ml/raster/ink.ts';
import { flattenPath, type Contour } from '../../../ml/raster/outline.ts';

const rectangle = (left: number, top: number, right: number, bottom: number): Contour => [
  left,
  top,
  right,
  top,
  right,
  bottom,
  left,
  bottom,
];
const hole = (left: number, top: number, right: number, bottom: number): Contour => [
  left,
  top,
  left,
  bottom,
  right,
  bottom,
  right,
  top,
];
const areaOf = (pixels: Uint8Array): number => pixels.reduce((sum, level) => sum + level, 0) / 255;
const polygonArea = (contour: Contour): number => {
  let twice = 0;
  for (let i = 0; i < contour.length; i += 2) {
    const next = (i + 2) % contour.length;
    twice += contour[i]! * contour[next + 1]! - contour[next]! * contour[i + 1]!;
  }
  return Math.abs(twice) / 2;
};

describe('filling', () => {
  it('covers each pixel by the share that lies inside', () => {
    const { pixels } = fillContours([rectangle(0.5, 0.25, 2.5, 2)], { left: 0, top: 0, width: 3, height: 2 });
    expect([...pixels]).toEqual([96, 191, 96, 128, 255, 128]);
  });

  it('keeps the area of any triangle', () => {
    const point = fc.double({ min: 0, max: 30, noNaN: true });
    fc.assert(
      fc.property(fc.array(point, { minLength: 6, maxLength: 6 }), (triangle) => {
        const { pixels } = fillContours([triangle], { left: 0, top: 0, width: 30, height: 30 });
        expect(Math.abs(areaOf(pixels) - polygonArea(triangle))).toBeLessThan(0.5 + 900 / 510);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('leaves holes open, and joins contours that overlap', () => {
    const ring = fillContours([rectangle(0, 0, 10, 10), hole(3, 3, 7, 7)], { left: 0, top: 0, width: 10, height: 10 });
    expect(areaOf(ring.pixels)).toBe(84);
    expect(countHoles(ring)).toBe(1);
    const both = fillContours([rectangle(0, 0, 6, 4), rectangle(4, 0, 10, 4)], {
      left: 0,
      top: 0,
      width: 10,
      height: 4,
    });
    expect(areaOf(both.pixels)).toBe(40);
  });

  it('finds the whole pixels around contours, and none around nothing', () => {
    expect(boundsOf([rectangle(-1.5, 2.1, 3, 4.9)])).toEqual({ left: -2, top: 2, width: 5, height: 3 });
    expect(boundsOf([])).toBeUndefined();
    expect(boundsOf([[1, 1, 1, 5, 1, 9]])).toBeUndefined();
  });
});

describe('outlines', () => {
  /** A circle of radius 10 around (10, 10) of four cubics. */
  const k = 10 * 0.5522847498;
  const circle = flattenPath([
    { type: 'M', x: 20, y: 10 },
    { type: 'C', x1: 20, y1: 10 + k, x2: 10 + k, y2: 20, x: 10, y: 20 },
    { type: 'C', x1: 10 - k, y1: 20, x2: 0, y2: 10 + k, x: 0, y: 10 },
    { type: 'C', x1: 0, y1: 10 - k, x2: 10 - k, y2: 0, x: 10, y: 0 },
    { type: 'C', x1: 10 + k, y1: 0, x2: 20, y2: 10 - k, x: 20, y: 10 },
    { type: 'Z' },
  ]);

  it('keep the area of curves', () => {
    expect(polygonArea(circle[0]!)).toBeCloseTo(Math.PI * 100, 0);
    const parabola = flattenPath([
      { type: 'M', x: 0, y: 0 },
      { type: 'Q', x1: 5, y1: 10, x: 10, y: 0 },
    ]);
    expect(polygonArea(parabola[0]!)).toBeCloseTo((2 / 3) * 10 * 5, 0);
  });

  it('lean when sheared, with the same area', () => {
    const [upright, leaning] = [0, 0.25].map((shear) =>
      flattenPath(
        [
          { type: 'M', x: 0, y: -40 },
          { type: 'L', x: 10, y: -40 },
          { type: 'L', x: 10, y: 0 },
          { type: 'L', x: 0, y: 0 },
        ],
        shear,
      ),
    );
    expect(leaning![0]!.slice(0, 2)).toEqual([10, -40]);
    expect(polygonArea(leaning![0]!)).toBe(polygonArea(upright![0]!));
  });
});

describe('ink', () => {
  const ink = inkOf([rectangle(2, -8, 6, 0)])!;

  it('knows its place', () => {
    expect(ink).toMatchObject({ width: 4, height: 8, left: 2, top: -8 });
    expect(cutInk(ink, { left: -1, top: 6, width: 3, height: 4 })).toMatchObject({ left: 1, top: -2, width: 3 });
    expect([...cutInk(ink, { left: -1, top: 6, width: 3, height: 4 }).pixels]).toEqual([
      0, 255, 255, 0, 255, 255, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it('joins on one sheet', () => {
    const joined = joinInk([
      { ink, dx: 0, dy: 0 },
      { ink, dx: 5, dy: 2 },
    ]);
    expect(joined).toMatchObject({ width: 9, height: 10, left: 2, top: -8 });
    expect(areaOf(joined.pixels)).toBe(64);
  });

  it('lies in the middle of a white square with a margin, at most 128 pixels', () => {
    const paper = onPaper(ink);
    expect([paper.width, paper.height]).toEqual([14, 14]);
    expect(areaOf(paper.pixels)).toBe(14 * 14 - 32);
    expect([0, 13, 13 * 14, 195].map((corner) => paper.pixels[corner])).toEqual([255, 255, 255, 255]);
    const large = onPaper(inkOf([rectangle(0, 0, 400, 20)])!);
    expect([large.width, large.height]).toEqual([128, 128]);
  });

  it('is nothing where nothing is drawn', () => {
    expect(inkOf([])).toBeUndefined();
    expect(cropInk({ pixels: new Uint8Array(6), width: 3, height: 2, left: 0, top: 0 })).toBeUndefined();
  });
});

describe('a made-up bold', () => {
  const frame = (inner: number): Ink =>
    inkOf([rectangle(0, 0, 60, 80), hole(30 - inner, 40 - inner, 30 + inner, 40 + inner)])!;

  it('grows by the radius of a round element', () => {
    const dot = dilate(inkOf([rectangle(0, 0, 1, 1)])!, 9);
    const rows = Array.from({ length: 9 }, (_, y) => areaOf(dot.pixels.subarray(y * 9, y * 9 + 9)));
    expect(rows).toEqual([1, 7, 7, 9, 9, 9, 7, 7, 1]);
    expect(dot).toMatchObject({ left: -4, top: -4 });
  });

  it('keeps holes open, with a smaller element where it must', () => {
    expect(embolden(frame(25))).toMatchObject({ width: 68, height: 88 });
    expect(embolden(frame(8))!.width).toBeLessThan(68);
    expect(countHoles(embolden(frame(8))!)).toBe(1);
  });

  it('is not made where any would close the glyph', () => {
    expect(embolden(frame(1.6))).toBeUndefined();
  });
});
