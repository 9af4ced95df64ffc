// The flat thing that a camera looks at: how much light each of its points throws back, 0 … 1.

import type { Random } from '../../ml/random.ts';
import { boundsOf, fillContours } from '../../ml/raster/fill.ts';
import type { Contour } from '../../ml/raster/outline.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';

/** Points a pixel of a 320×240 frame. */
export const SHEET_SCALE = 2;
/** The middle 640×480 points fill the frame; the rest is seen when the sheet is tilted. */
export const SHEET = { width: 800, height: 600, left: 80, top: 60 } as const;

export interface Sheet {
  values: Float32Array; // [600, 800]
}

export const newSheet = (level: number): Sheet => ({
  values: new Float32Array(SHEET.width * SHEET.height).fill(level),
});

export interface Placed {
  /** Centre, in points of the sheet. */
  x: number;
  y: number;
  /** Height of the upright glyph in points. */
  height: number;
  angleDegrees: number;
  shear: number;
  /** Stretches x. */
  aspect: number;
}

/** Mixes `ink` into the sheet through a glyph. @returns the points of the sheet that are mostly ink */
export function stamp(sheet: Sheet, glyph: GrayImage, place: Placed, ink: number): { x: number; y: number }[] {
  const scale = place.height / glyph.height;
  const angle = (place.angleDegrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.ceil(
    Math.hypot(glyph.width * place.aspect + glyph.height * Math.abs(place.shear), glyph.height) * scale,
  );
  const points: { x: number; y: number }[] = [];
  for (let y = Math.max(0, Math.floor(place.y - reach)); y < Math.min(SHEET.height, place.y + reach); y++) {
    for (let x = Math.max(0, Math.floor(place.x - reach)); x < Math.min(SHEET.width, place.x + reach); x++) {
      const dx = x + 0.5 - place.x;
      const dy = y + 0.5 - place.y;
      const v = (-sin * dx + cos * dy) / scale;
      const u = (cos * dx + sin * dy) / scale / place.aspect + place.shear * v;
      const cover = coverAt(glyph, u + glyph.width / 2, v + glyph.height / 2);
      if (cover === 0) continue;
      const at = y * SHEET.width + x;
      sheet.values[at] = sheet.values[at]! * (1 - cover) + ink * cover;
      if (cover > 0.5) points.push({ x: x + 0.5, y: y + 0.5 });
    }
  }
  return points;
}

/** Bilinear; pixel centres at halves; nothing outside. */
function coverAt({ pixels, width, height }: GrayImage, x: number, y: number): number {
  const left = Math.floor(x - 0.5);
  const top = Math.floor(y - 0.5);
  if (left < -1 || top < -1 || left >= width || top >= height) return 0;
  const at = (column: number, row: number): number =>
    column < 0 || row < 0 || column >= width || row >= height ? 0 : pixels[row * width + column]!;
  const fx = x - 0.5 - left;
  const fy = y - 0.5 - top;
  const upper = at(left, top) * (1 - fx) + at(left + 1, top) * fx;
  const lower = at(left, top + 1) * (1 - fx) + at(left + 1, top + 1) * fx;
  return (upper * (1 - fy) + lower * fy) / 255;
}

/** Fills polygons, in points of the sheet; what lies outside is cut. */
export function fillShape(sheet: Sheet, contours: readonly Contour[], level: number, opacity = 1): void {
  const clipped = contours.map((contour) =>
    contour.map((value, i) => Math.min(i % 2 === 0 ? SHEET.width : SHEET.height, Math.max(0, value))),
  );
  const box = boundsOf(clipped);
  if (box === undefined) return;
  const { pixels } = fillContours(clipped, box);
  for (let i = 0; i < pixels.length; i++) {
    const cover = (pixels[i]! / 255) * opacity;
    if (cover === 0) continue;
    const at = (box.top + Math.floor(i / box.width)) * SHEET.width + box.left + (i % box.width);
    sheet.values[at] = sheet.values[at]! * (1 - cover) + level * cover;
  }
}

export function rectangle(x: number, y: number, width: number, height: number, angle = 0): Contour {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const corners = [
    [-width / 2, -height / 2],
    [width / 2, -height / 2],
    [width / 2, height / 2],
    [-width / 2, height / 2],
  ];
  return corners.flatMap(([dx, dy]) => [x + cos * dx! - sin * dy!, y + sin * dx! + cos * dy!]);
}

/** A line of many points with round enough joints. */
export function polyline(points: readonly { x: number; y: number }[], width: number): Contour[] {
  return points.slice(1).map((to, i) => {
    const from = points[i]!;
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    return rectangle(
      (from.x + to.x) / 2,
      (from.y + to.y) / 2,
      length + width * 0.6,
      width,
      Math.atan2(to.y - from.y, to.x - from.x),
    );
  });
}

/** Soft stains and fibres: slow changes of up to `depth`. */
export function mottle(sheet: Sheet, depth: number, random: Random): void {
  const cells = 6 + random.integer(10);
  const lattice = Float64Array.from({ length: (cells + 1) * (cells + 1) }, () => random.between(-depth, depth));
  for (let y = 0; y < SHEET.height; y++) {
    const v = (y / SHEET.height) * cells;
    const row = Math.floor(v);
    for (let x = 0; x < SHEET.width; x++) {
      const u = (x / SHEET.width) * cells;
      const at = row * (cells + 1) + Math.floor(u);
      const [fu, fv] = [u - Math.floor(u), v - row];
      const upper = lattice[at]! * (1 - fu) + lattice[at + 1]! * fu;
      const lower = lattice[at + cells + 1]! * (1 - fu) + lattice[at + cells + 2]! * fu;
      sheet.values[y * SHEET.width + x]! += upper * (1 - fv) + lower * fv;
    }
  }
}
