// Pictures without any character: stripes, grids, strokes, scribbles, blobs, dots, noise, shades, corners.

import type { GrayImage } from '../image/gray-image.ts';
import { blankImage } from '../image/gray-image.ts';
import { cos, sin } from '../math.ts';
import type { Random } from '../random.ts';
import { fillContours } from '../raster/fill.ts';
import type { Contour } from '../raster/outline.ts';
import { blob, polygonBetween, stroke, type Point } from './pen.ts';
import { isUpright } from './shape.ts';

export const TEXTURES = [
  'stripes',
  'grid',
  'strokes',
  'scribble',
  'blobs',
  'dots',
  'noise',
  'shade',
  'corner',
] as const;
export type Texture = (typeof TEXTURES)[number];

const MIN_SIDE = 56;
const MAX_SIDE = 96;
/** How often a picture is drawn anew because it shows an upright stroke. */
const TRIES = 8;

/** One picture, dark on white where it has a figure, 56 to 96 pixels square. */
export function texture(random: Random): { kind: Texture; image: GrayImage } {
  for (let attempt = 0; ; attempt++) {
    const kind = TEXTURES[random.integer(TEXTURES.length)]!;
    const side = MIN_SIDE + random.integer(MAX_SIDE - MIN_SIDE + 1);
    const ink = draw(kind, side, random);
    if (isUpright(ink) && attempt < TRIES) continue;
    return { kind, image: { ...ink, pixels: ink.pixels.map((level) => 255 - level) } };
  }
}

function draw(kind: Texture, side: number, random: Random): GrayImage {
  switch (kind) {
    case 'stripes':
      return waves(side, random, false);
    case 'grid':
      return waves(side, random, true);
    case 'noise':
      return noise(side, random);
    case 'shade':
      return shade(side, random);
    case 'strokes':
    case 'scribble':
    case 'blobs':
    case 'dots':
    case 'corner':
      return fillContours(figures[kind](side, random), { left: 0, top: 0, width: side, height: side });
  }
}

const figures: Record<
  'strokes' | 'scribble' | 'blobs' | 'dots' | 'corner',
  (side: number, random: Random) => Contour[]
> = {
  /** Three to seven straight strokes across the picture: two would often be a 7 or a 1. */
  strokes(side, random) {
    const count = 3 + random.integer(5);
    return Array.from({ length: count }, () => {
      const ends: Point[] = [pointIn(side, random), pointIn(side, random)];
      return stroke(ends, random.between(1.5, side * 0.09), side);
    });
  },
  /** One line through seven to eleven points: crossings and loops of no meaning. Fewer would often be a 2, 4 or 7. */
  scribble(side, random) {
    const points = Array.from({ length: 7 + random.integer(5) }, () => pointIn(side, random));
    const width = random.between(1.5, side * 0.07);
    return points.slice(1).map((point, i) => stroke([points[i]!, point], width, side));
  },
  /** One to four filled shapes without holes; a single one is wider than tall. */
  blobs(side, random) {
    const count = 1 + random.integer(4);
    return Array.from({ length: count }, () => {
      const centre = count === 1 ? { x: side / 2, y: side / 2 } : pointIn(side, random);
      const radius = side * random.between(count === 1 ? 0.2 : 0.08, count === 1 ? 0.35 : 0.2);
      return blob(centre, { x: radius * random.between(1, 1.3), y: radius * random.between(0.6, 1) }, side, random);
    });
  },
  /** Dots on a tilted lattice. */
  dots(side, random) {
    const pitch = random.between(7, 16);
    const radius = pitch * random.between(0.15, 0.42);
    const tilt = random.between(0, 0.8);
    const dots: Contour[] = [];
    for (let row = -1; row * pitch < side + pitch; row++) {
      for (let column = -2; column * pitch < side + pitch; column++) {
        const centre = { x: column * pitch + ((row * tilt * pitch) % pitch), y: row * pitch };
        dots.push(polygonBetween(centre, { x: radius, y: radius }, side));
      }
    }
    return dots;
  },
  /** The corner of a dark thing: a half plane or a quarter of one. */
  corner(side, random) {
    const x = side * random.between(0.2, 0.8);
    const y = side * random.between(0.2, 0.8);
    const lean = side * random.between(-0.25, 0.25);
    const flip = random.chance(0.5);
    const at = (px: number, py: number): number[] => [
      Math.min(side, Math.max(0, flip ? side - px : px)),
      Math.min(side, Math.max(0, py)),
    ];
    return random.chance(0.5)
      ? [[...at(0, y - lean), ...at(side, y + lean), ...at(side, side), ...at(0, side)]]
      : [[...at(x, y), ...at(side, y + lean), ...at(side, side), ...at(x + lean, side)]];
  },
};

/** Waves of one direction, or two crossing ones, hard or soft. Never upright: that is a row of ones. */
function waves(side: number, random: Random, crossed: boolean): GrayImage {
  const angle = random.between(0.35, 2.79); // of the waves' direction; the bars stand across it
  const bars = random.between(6, 20);
  const frequencyX = (2 * Math.PI * cos(angle)) / bars;
  const frequencyY = (2 * Math.PI * sin(angle)) / bars;
  const phase = random.between(0, 6.28);
  const hardness = random.between(0.7, 6);
  const depth = random.between(0.4, 1);
  const duty = random.between(-0.5, 0.5);
  return paint(side, (x, y) => {
    const first = sin(frequencyX * x + frequencyY * y + phase);
    const second = crossed ? sin(-frequencyY * x + frequencyX * y + phase) : -1;
    return depth * (0.5 + hardness * (Math.max(first, second) - duty));
  });
}

/** Bilinear noise of one or two scales, smooth or cut to black and white. */
function noise(side: number, random: Random): GrayImage {
  const cells = 3 + random.integer(14);
  const lattice = Float64Array.from({ length: (cells + 1) * (cells + 1) }, () => random.uniform());
  const grain = random.between(0, 0.4);
  const contrast = random.chance(0.4) ? 12 : random.between(0.6, 2);
  const level = random.between(0.4, 0.7);
  return paint(side, (x, y) => {
    const u = (x / side) * cells;
    const v = (y / side) * cells;
    const at = Math.floor(v) * (cells + 1) + Math.floor(u);
    const [fu, fv] = [u - Math.floor(u), v - Math.floor(v)];
    const top = lattice[at]! * (1 - fu) + lattice[at + 1]! * fu;
    const bottom = lattice[at + cells + 1]! * (1 - fu) + lattice[at + cells + 2]! * fu;
    return 0.5 + contrast * (top * (1 - fv) + bottom * fv - level + grain * (random.uniform() - 0.5));
  });
}

/** Light falling off to one side or around a point. */
function shade(side: number, random: Random): GrayImage {
  const { x: cx, y: cy } = pointIn(side, random);
  const round = random.chance(0.5);
  const [slopeX, slopeY] = [random.between(-1, 1), random.between(-1, 1)];
  const depth = random.between(0.3, 1);
  const grain = random.between(0, 0.1);
  return paint(side, (x, y) => {
    const [dx, dy] = [(x - cx) / side, (y - cy) / side];
    const value = round ? Math.sqrt(dx * dx + dy * dy) : 0.5 + slopeX * dx + slopeY * dy;
    return depth * value + grain * (random.uniform() - 0.5);
  });
}

function paint(side: number, ink: (x: number, y: number) => number): GrayImage {
  const image = blankImage(side, side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) image.pixels[y * side + x] = Math.min(1, Math.max(0, ink(x, y))) * 255 + 0.5;
  }
  return image;
}

const pointIn = (side: number, random: Random): Point => ({
  x: side * random.between(0.08, 0.92),
  y: side * random.between(0.08, 0.92),
});
