// Where each pixel of the augmented picture comes from: affine and elastic displacement put together on one mesh.

import { CELL, createMesh, KNOTS, toFixed } from '../image/mesh-warp.ts';
import type { Mesh } from '../image/mesh-warp.ts';
import { PLANE_MARGIN } from '../image/plane.ts';
import { cos, exp, sin } from '../math.ts';
import type { SeekableRandom } from '../random.ts';
import { CANVAS_SIDE } from './master.ts';
import type { SampleTraits } from './master.ts';
import { NOISE_LENGTH, NOISE_ONE, noiseTable } from './noise.ts';
import { affine, elastic } from './presets.ts';

const GRID = 5;
const GRID_PITCH = CANVAS_SIDE / GRID;
const DEGREE = Math.PI / 180;
const CENTRE = CANVAS_SIDE / 2;

/** A drawn geometry, from points of the canvas to points of the master, both in 64-pixel units. */
interface Geometry {
  xx: number;
  xy: number;
  yx: number;
  yy: number;
  shiftX: number;
  shiftY: number;
  isElastic: boolean;
}

/**
 * A function that draws a geometry and gives its mesh.
 * @param side of the canvas to be drawn, in pixels
 * @param sourceSide of the picture in the plane; both show the same 64-unit square
 */
export function createGeometry(): (
  random: SeekableRandom,
  traits: SampleTraits,
  side: number,
  sourceSide: number,
) => Mesh {
  const mesh = createMesh();
  const gridX = new Float64Array(GRID * GRID);
  const gridY = new Float64Array(GRID * GRID);
  const field = createField(gridX, gridY);
  const columnX = new Float64Array(KNOTS);
  const geometry: Geometry = { xx: 1, xy: 0, yx: 0, yy: 1, shiftX: 0, shiftY: 0, isElastic: false };

  return (random, traits, side, sourceSide) => {
    drawAffine(geometry, random, traits);
    geometry.isElastic = random.chance(elastic.probability);
    if (geometry.isElastic) drawGrid(gridX, gridY, random);
    const stride = KNOTS; // constants of other modules are looked up each time, a function's are not
    const margin = PLANE_MARGIN;
    const knots = Math.ceil(side / CELL) + 1;
    const unit = CANVAS_SIDE / side;
    const scale = sourceSide / CANVAS_SIDE;
    const { xx, xy, yx, yy, shiftX, shiftY, isElastic } = geometry;
    const { x: meshX, y: meshY } = mesh;
    const { x: fieldX, y: fieldY } = field;
    for (let column = 0; column < knots; column++) columnX[column] = (column * CELL + 0.5) * unit - CENTRE - shiftX;
    if (isElastic) field.begin(knots, unit);
    else field.clear();
    for (let row = 0; row < knots; row++) {
      if (isElastic) field.row(row);
      const y = (row * CELL + 0.5) * unit - CENTRE - shiftY;
      for (let column = 0; column < knots; column++) {
        const x = columnX[column]!;
        const sourceX = xx * x + xy * y + CENTRE + fieldX[column]!;
        const sourceY = yx * x + yy * y + CENTRE + fieldY[column]!;
        meshX[row * stride + column] = toFixed(sourceX * scale - 0.5 + margin);
        meshY[row * stride + column] = toFixed(sourceY * scale - 0.5 + margin);
      }
    }
    return mesh;
  };
}

/** Draws scale, shear, rotation, shift, and stores the inverse of scale → shear → rotate. */
function drawAffine(geometry: Geometry, random: SeekableRandom, traits: SampleTraits): void {
  const angle = random.between(-affine.rotationDegrees, affine.rotationDegrees) * DEGREE;
  const shear = random.between(-affine.shear[traits], affine.shear[traits]);
  const zoom = random.between(1 - affine.zoom, 1 + affine.zoom);
  const aspect = exp(random.between(-affine.aspect[traits], affine.aspect[traits]) / 2);
  geometry.shiftX = random.between(-affine.shift, affine.shift);
  geometry.shiftY = random.between(-affine.shift, affine.shift);
  const width = zoom * aspect;
  const height = zoom / aspect;
  const c = cos(angle);
  const s = sin(angle);
  geometry.xx = (c + shear * s) / width;
  geometry.xy = (s - shear * c) / width;
  geometry.yx = -s / height;
  geometry.yy = c / height;
}

/** Draws the displacement of every grid point; two table indices fit into one random word. */
function drawGrid(gridX: Float64Array, gridY: Float64Array, random: SeekableRandom): void {
  const noise = noiseTable();
  const deviation = (elastic.maxDeviation * random.uniform()) / NOISE_ONE;
  for (let i = 0; i < gridX.length; i++) {
    const word = random.uint32();
    gridX[i] = deviation * noise[word & (NOISE_LENGTH - 1)]!;
    gridY[i] = deviation * noise[(word >>> 16) & (NOISE_LENGTH - 1)]!;
  }
}

/** Displacements between the grid points by Catmull–Rom cubics; beyond the outermost points the border goes on. */
function createField(gridX: Float64Array, gridY: Float64Array) {
  const weights = new Float64Array(KNOTS * GRID); // [knot, grid point]: the same along x and y
  const x = new Float64Array(KNOTS);
  const y = new Float64Array(KNOTS);
  let knots = 0;
  return {
    /** Displacements of the row that was made last. */
    x,
    y,
    /** Where `count` knots of so many units a pixel stand between the grid points. */
    begin(count: number, unit: number): void {
      knots = count;
      weights.fill(0);
      for (let knot = 0; knot < count; knot++) cubicWeights((knot * CELL + 0.5) * unit, weights, knot * GRID);
    },
    clear(): void {
      x.fill(0);
      y.fill(0);
    },
    row(row: number): void {
      mixRow(weights, row, gridX, x, knots);
      mixRow(weights, row, gridY, y, knots);
    },
  };
}

/** Mixes the five rows of the grid by the weights of one row of knots, and the five columns of that by those of each knot. */
function mixRow(weights: Float64Array, row: number, grid: Float64Array, out: Float64Array, knots: number): void {
  const a = mixColumn(weights, row, grid, 0);
  const b = mixColumn(weights, row, grid, 1);
  const c = mixColumn(weights, row, grid, 2);
  const d = mixColumn(weights, row, grid, 3);
  const e = mixColumn(weights, row, grid, 4);
  for (let knot = 0; knot < knots; knot++) {
    const at = knot * GRID;
    out[knot] =
      weights[at]! * a + weights[at + 1]! * b + weights[at + 2]! * c + weights[at + 3]! * d + weights[at + 4]! * e;
  }
}

function mixColumn(weights: Float64Array, row: number, grid: Float64Array, column: number): number {
  let sum = 0;
  for (let i = 0; i < GRID; i++) sum += weights[row * GRID + i]! * grid[i * GRID + column]!;
  return sum;
}

/** Writes the weights of the four grid points around a position; those beyond the border go to the outermost point. */
function cubicWeights(position: number, weights: Float64Array, offset: number): void {
  const at = position / GRID_PITCH - 0.5;
  const first = Math.floor(at);
  const t = at - first;
  addWeight(weights, offset, first - 1, ((-0.5 * t + 1) * t - 0.5) * t);
  addWeight(weights, offset, first, (1.5 * t - 2.5) * t * t + 1);
  addWeight(weights, offset, first + 1, ((-1.5 * t + 2) * t + 0.5) * t);
  addWeight(weights, offset, first + 2, (0.5 * t - 0.5) * t * t);
}

function addWeight(weights: Float64Array, offset: number, point: number, weight: number): void {
  weights[offset + Math.min(GRID - 1, Math.max(0, point))]! += weight;
}
