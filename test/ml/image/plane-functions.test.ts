import { describe, expect, it } from 'vitest';
import { blur } from '../../../ml/image/blur.ts';
import { CELL, createMesh, KNOTS, meshWarp, toFixed } from '../../../ml/image/mesh-warp.ts';
import { dilate, erode } from '../../../ml/image/morphology.ts';
import { createPlane, inkOf, loadPlane, PLANE_MARGIN, PLANE_SIDE } from '../../../ml/image/plane.ts';
import type { Plane } from '../../../ml/image/plane.ts';
import { syntheticImage } from './synthetic.ts';

/** A plane with one bright pixel in the middle of a 64-pixel picture. */
function pointPlane(): Plane {
  const plane = createPlane();
  const source = new Uint8Array(4096);
  source[32 * 64 + 32] = 255;
  loadPlane(plane, source, 64);
  return plane;
}

function inkPlane(index: number): Plane {
  const plane = createPlane();
  const source = syntheticImage(index, 64, 64).pixels.map((level) => (level > 128 ? level : 0));
  loadPlane(plane, source, 64);
  return plane;
}

const at = (plane: Plane, x: number, y: number): number => plane.pixels[y * PLANE_SIDE + x]!;
const isEmptyOutside = (plane: Plane): boolean =>
  plane.pixels.every((level, i) => {
    const x = i % PLANE_SIDE;
    const y = Math.floor(i / PLANE_SIDE);
    return level === 0 || (x >= plane.left && x < plane.right && y >= plane.top && y < plane.bottom);
  });

describe('loadPlane', () => {
  it('finds the box of the ink and clears what was there', () => {
    const plane = inkPlane(3);
    const source = new Uint8Array(28 * 28);
    source[5 * 28 + 7] = 9;
    source[20 * 28 + 3] = 9;
    loadPlane(plane, source, 28);
    expect([plane.left, plane.top, plane.right, plane.bottom].map((side) => side - PLANE_MARGIN)).toEqual([
      3, 5, 8, 21,
    ]);
    expect(inkOf(plane)).toBe(18);
    expect(isEmptyOutside(plane)).toBe(true);
    loadPlane(plane, new Uint8Array(28 * 28), 28);
    expect(plane).toMatchObject({ left: 0, top: 0, right: 0, bottom: 0 });
  });
});

describe('dilate and erode', () => {
  it('are the greatest and least level under the element', () => {
    for (const element of [
      { width: 2, height: 2 },
      { width: 3, height: 2 },
      { width: 3, height: 3 },
    ] as const) {
      const source = inkPlane(11);
      const thicker = createPlane();
      const thinner = createPlane();
      dilate(source, thicker, element);
      erode(source, thinner, element);
      const lastX = element.width === 3 ? 1 : 0;
      const lastY = element.height === 3 ? 1 : 0;
      const expected = { thicker: createPlane().pixels, thinner: createPlane().pixels };
      for (let y = 20; y < 108; y++)
        for (let x = 20; x < 108; x++) {
          const under: number[] = [];
          for (let dy = -1; dy <= lastY; dy++)
            for (let dx = -1; dx <= lastX; dx++) under.push(at(source, x + dx, y + dy));
          expected.thicker[y * PLANE_SIDE + x] = Math.max(...under);
          expected.thinner[y * PLANE_SIDE + x] = Math.min(...under);
        }
      expect(thicker.pixels).toEqual(expected.thicker);
      expect(thinner.pixels).toEqual(expected.thinner);
      expect(isEmptyOutside(thicker)).toBe(true);
    }
  });
});

describe('blur', () => {
  it('has the variance it is asked for, keeps the ink, and the box covers it', () => {
    for (const variance of [0.15, 0.5, 1, 2, 2.83, 8]) {
      const plane = pointPlane();
      // A block of pixels: one alone would drown in rounding.
      for (let y = 0; y < 6; y++) plane.pixels.fill(255, (64 + y) * PLANE_SIDE + 64, (64 + y) * PLANE_SIDE + 70);
      Object.assign(plane, { left: 64, top: 64, right: 70, bottom: 70 });
      blur(plane, variance);
      let sum = 0;
      let squares = 0;
      for (let y = plane.top; y < plane.bottom; y++)
        for (let x = plane.left; x < plane.right; x++) {
          sum += at(plane, x, y);
          squares += at(plane, x, y) * (x - 66.5) * (x - 66.5);
        }
      const block = (6 * 6 - 1) / 12;
      expect(Math.abs(squares / sum - block - variance)).toBeLessThan(0.05 * variance + 0.02);
      expect(Math.abs(sum / (36 * 255) - 1)).toBeLessThan(0.02);
      expect(isEmptyOutside(plane)).toBe(true);
    }
  });

  it('leaves a plane alone when the variance cannot be seen, and an empty plane always', () => {
    const plane = inkPlane(2);
    const before = plane.pixels.slice();
    blur(plane, 0.01);
    expect(plane.pixels).toEqual(before);
    const empty = createPlane();
    blur(empty, 2);
    expect(empty).toMatchObject({ left: 0, right: 0 });
  });
});

describe('meshWarp', () => {
  const meshOf = (map: (x: number, y: number) => [number, number]) => {
    const mesh = createMesh();
    for (let row = 0; row < KNOTS; row++)
      for (let column = 0; column < KNOTS; column++) {
        const [x, y] = map(column * CELL, row * CELL);
        mesh.x[row * KNOTS + column] = toFixed(x + PLANE_MARGIN);
        mesh.y[row * KNOTS + column] = toFixed(y + PLANE_MARGIN);
      }
    return mesh;
  };
  const source = syntheticImage(21, 64, 64).pixels.map((level) => (level > 100 ? level : 0));
  const plane = createPlane();
  loadPlane(plane, source, 64);

  it('copies under the identity and moves under a shift', () => {
    const canvas = new Uint8Array(4096).fill(7);
    meshWarp(
      plane,
      meshOf((x, y) => [x, y]),
      canvas,
      64,
    );
    expect(canvas).toEqual(source);
    meshWarp(
      plane,
      meshOf((x, y) => [x + 3, y - 2]),
      canvas,
      64,
    );
    for (let y = 2; y < 64; y++)
      expect(canvas.subarray(y * 64, y * 64 + 61)).toEqual(source.subarray((y - 2) * 64 + 3, (y - 1) * 64));
  });

  it('samples an affine map as plain bilinear sampling does, within one level, at any side', () => {
    const map = (x: number, y: number): [number, number] => [1.2 * x + 0.3 * y - 2, -0.2 * x + 1.1 * y + 4];
    const level = (x: number, y: number): number => plane.pixels[(y + PLANE_MARGIN) * PLANE_SIDE + x + PLANE_MARGIN]!;
    for (const side of [28, 33, 51, 64]) {
      const canvas = new Uint8Array(side * side);
      meshWarp(plane, meshOf(map), canvas, side);
      let worst = 0;
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) {
          const [u, v] = map(x, y);
          const left = Math.floor(u);
          const top = Math.floor(v);
          if (left < -30 || top < -30 || left > 90 || top > 90) continue;
          const upper = level(left, top) * (1 - u + left) + level(left + 1, top) * (u - left);
          const lower = level(left, top + 1) * (1 - u + left) + level(left + 1, top + 1) * (u - left);
          worst = Math.max(worst, Math.abs(canvas[y * side + x]! - (upper * (1 - v + top) + lower * (v - top))));
        }
      expect(worst).toBeLessThan(1.6);
    }
  });

  it('reads nothing outside the plane, however wild the mesh', () => {
    const canvas = new Uint8Array(4096);
    meshWarp(
      plane,
      meshOf((x, y) => [1000 * (x - 30), -1000 * y]),
      canvas,
      64,
    );
    expect(canvas.every((value) => Number.isInteger(value))).toBe(true);
    meshWarp(
      createPlane(),
      meshOf((x, y) => [x, y]),
      canvas,
      64,
    );
    expect(canvas).toEqual(new Uint8Array(4096));
  });
});
