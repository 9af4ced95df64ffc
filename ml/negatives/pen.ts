// Shapes as contours, kept inside a square of `side` pixels.

import { cos, sin } from '../math.ts';
import type { Random } from '../random.ts';
import type { Contour } from '../raster/outline.ts';

export interface Point {
  x: number;
  y: number;
}

const inside = (side: number, value: number): number => Math.min(side, Math.max(0, value));

/** A straight stroke with square ends. A stroke without length is a small square. */
export function stroke([from, to]: readonly Point[], width: number, side: number): Contour {
  const [a, b] = [from!, to!];
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.sqrt(dx * dx + dy * dy);
  const [ux, uy] = length > 0 ? [(dx / length) * (width / 2), (dy / length) * (width / 2)] : [width / 2, 0];
  const corners = [
    [a.x - ux - uy, a.y - uy + ux],
    [b.x + ux - uy, b.y + uy + ux],
    [b.x + ux + uy, b.y + uy - ux],
    [a.x - ux + uy, a.y - uy - ux],
  ];
  return corners.flatMap(([x, y]) => [inside(side, x!), inside(side, y!)]);
}

/** A polygon of 16 corners between two radii: round enough for a dot. */
export function polygonBetween(centre: Point, radius: Point, side: number): Contour {
  return ring(centre, side, 16, (angle) => ({ x: radius.x * cos(angle), y: radius.y * sin(angle) }));
}

/** A closed wavy shape: an ellipse whose radius swings by up to 35 % in three slow waves. */
export function blob(centre: Point, radius: Point, side: number, random: Random): Contour {
  const waves = [2, 3, 5].map((turns) => ({ turns, swing: random.between(0, 0.12), phase: random.between(0, 6.28) }));
  return ring(centre, side, 40, (angle) => {
    const swing = 1 + waves.reduce((sum, wave) => sum + wave.swing * sin(wave.turns * angle + wave.phase), 0);
    return { x: radius.x * swing * cos(angle), y: radius.y * swing * sin(angle) };
  });
}

function ring(centre: Point, side: number, corners: number, at: (angle: number) => Point): Contour {
  const contour: Contour = [];
  for (let i = 0; i < corners; i++) {
    const { x, y } = at((i * 2 * Math.PI) / corners);
    contour.push(inside(side, centre.x + x), inside(side, centre.y + y));
  }
  return contour;
}
