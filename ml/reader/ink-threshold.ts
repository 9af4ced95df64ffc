// From which level on a pixel counts as ink, cell by cell: the ground is what is left when every stroke is closed, and a
// pixel is ink when it lies far enough from the ground for the strongest ink around it. Cells without ink have no
// threshold, and most of a frame is skipped. Method: the top-hat of mathematical morphology (Serra, 1982) on a coarse grid.

import { WORKING_SIDE, type WorkingPicture } from './working-picture.ts';

/** Side of a cell in working pixels. */
export const CELL_SIDE = 4;
const MOST_CELLS = Math.ceil(WORKING_SIDE / CELL_SIDE);

/** Strokes up to 2 × 4 + 1 cells (36 working pixels, 30 % of the frame's height) are closed. */
const CLOSE_RADIUS = 4;
/** The strongest ink within this many cells sets the threshold. */
const AROUND_RADIUS = 3;
/** Ink weaker than this many levels is noise or the paper's own texture. */
const LEAST_STRENGTH = 16;
/** Ink is what lies farther from the ground than this share of the strongest ink around. */
const INK_SHARE = 0.25;

/** Polarity: `dark` ink on a bright ground, or `bright` ink on a dark ground. */
export type Polarity = 'dark' | 'bright';

/** Bright ink is looked for as dark ink of the negative: levels are flipped by this mask. */
export const flipOf = (polarity: Polarity): 0 | 255 => (polarity === 'dark' ? 0 : 255);

export interface InkThresholds {
  columns: number;
  rows: number;
  /** [rows, columns] levels below this are ink; 0 where a cell has none. In levels flipped by `flipOf`. */
  levels: Uint8Array;
  /** [rows, columns] level of the ground, flipped likewise. */
  ground: Uint8Array;
  /** False when no cell has ink. */
  any: boolean;
}

export interface InkGrid {
  /** Takes a working picture: the means, the least and the greatest levels of its cells. */
  load(picture: WorkingPicture): void;
  /** Thresholds of the loaded picture. Reused by the next call for the same polarity. */
  thresholds(polarity: Polarity): InkThresholds;
}

const newPlane = (): Uint8Array => new Uint8Array(MOST_CELLS * MOST_CELLS);
const newThresholds = (): InkThresholds => ({
  columns: 0,
  rows: 0,
  levels: newPlane(),
  ground: newPlane(),
  any: false,
});

export function createInkGrid(): InkGrid {
  const grid = { columns: 0, rows: 0, mean: newPlane(), least: newPlane(), most: newPlane() };
  const own = { dark: newThresholds(), bright: newThresholds() };
  const strength = newPlane();
  const closed = newPlane();
  const spare = newPlane();
  return {
    load(picture) {
      grid.columns = Math.ceil(picture.width / CELL_SIDE);
      grid.rows = Math.ceil(picture.height / CELL_SIDE);
      measureCells(picture, grid);
    },
    thresholds(polarity) {
      const { columns, rows } = grid;
      const count = columns * rows;
      const found = own[polarity];
      found.columns = columns;
      found.rows = rows;
      found.any = false;
      const flip = flipOf(polarity);
      const darkest = polarity === 'dark' ? grid.least : grid.most;
      for (let i = 0; i < count; i++) closed[i] = grid.mean[i]! ^ flip;
      widen(closed, spare, { columns, rows, radius: CLOSE_RADIUS, flip: 0 });
      widen(closed, spare, { columns, rows, radius: CLOSE_RADIUS, flip: 255 });
      for (let i = 0; i < count; i++) {
        found.ground[i] = closed[i]!;
        strength[i] = Math.max(0, closed[i]! - (darkest[i]! ^ flip));
        if (strength[i]! >= LEAST_STRENGTH) found.any = true;
      }
      if (!found.any) return found;
      widen(strength, spare, { columns, rows, radius: AROUND_RADIUS, flip: 0 });
      for (let i = 0; i < count; i++) {
        const ink = strength[i]!;
        found.levels[i] = ink < LEAST_STRENGTH ? 0 : Math.max(0, found.ground[i]! - Math.floor(INK_SHARE * ink));
      }
      return found;
    },
  };
}

interface CellGrid {
  columns: number;
  rows: number;
  mean: Uint8Array;
  least: Uint8Array;
  most: Uint8Array;
}

function measureCells({ pixels, width, height }: WorkingPicture, grid: CellGrid): void {
  for (let row = 0; row < grid.rows; row++) {
    const bottom = Math.min(height, (row + 1) * CELL_SIDE);
    for (let column = 0; column < grid.columns; column++) {
      const left = column * CELL_SIDE;
      const right = Math.min(width, left + CELL_SIDE);
      let sum = 0;
      let least = 255;
      let most = 0;
      for (let y = row * CELL_SIDE; y < bottom; y++) {
        const end = y * width + right;
        for (let i = y * width + left; i < end; i++) {
          const level = pixels[i]!;
          sum += level;
          if (level < least) least = level;
          if (level > most) most = level;
        }
      }
      const cell = row * grid.columns + column;
      grid.mean[cell] = sum / ((right - left) * (bottom - row * CELL_SIDE)) + 0.5;
      grid.least[cell] = least;
      grid.most[cell] = most;
    }
  }
}

interface Widening {
  columns: number;
  rows: number;
  radius: number;
  /** 0: each cell becomes the greatest within `radius` in x and y; 255: the least. */
  flip: 0 | 255;
}

/** In place; windows are cut at the border. */
function widen(plane: Uint8Array, spare: Uint8Array, { columns, rows, radius, flip }: Widening): void {
  for (let y = 0; y < rows; y++) {
    const start = y * columns;
    for (let x = 0; x < columns; x++) {
      const end = start + Math.min(columns - 1, x + radius);
      let best = 0;
      for (let i = start + Math.max(0, x - radius); i <= end; i++) {
        const level = plane[i]! ^ flip;
        if (level > best) best = level;
      }
      spare[start + x] = best;
    }
  }
  for (let y = 0; y < rows; y++) {
    const top = Math.max(0, y - radius);
    const bottom = Math.min(rows - 1, y + radius);
    for (let x = 0; x < columns; x++) {
      let best = 0;
      for (let i = top * columns + x; i <= bottom * columns + x; i += columns) if (spare[i]! > best) best = spare[i]!;
      plane[y * columns + x] = best ^ flip;
    }
  }
}
