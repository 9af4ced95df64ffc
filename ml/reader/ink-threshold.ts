// From which level on a pixel counts as ink, cell by cell: the ground is what is left when every stroke is closed, and a
// pixel is ink when it lies far enough from the ground for the strongest ink around it. Cells without ink have no
// threshold, and most of a frame is skipped. Method: the top-hat of mathematical morphology (Serra, 1982) on a coarse grid.

import { CELL_SIDE, type Cells } from './cells.ts';
import { createLanePlanes, NEGATIVE, type Region } from './two-lanes.ts';
import { WORKING_SIDE } from './working-picture.ts';

const MOST_CELLS = Math.ceil(WORKING_SIDE / CELL_SIDE);

/** Strokes up to 2 × 4 + 1 cells (36 working pixels, 30 % of the frame's height) are closed. */
const CLOSE_RADIUS = 4;
/** The strongest ink within this many cells sets the threshold. */
const AROUND_RADIUS = 3;
/** Ink weaker than this many levels is noise or the paper's own texture. */
const LEAST_STRENGTH = 16;
/** Bits that a strength of 16 or more has, in both lanes. */
const ENOUGH = 0x00f0_00f0;
/** Ink is what lies farther from the ground than a quarter of the strongest ink around. */
const INK_SHIFT = 2;

/** Polarity: `dark` ink on a bright ground, or `bright` ink on a dark ground. */
export type Polarity = 'dark' | 'bright';

/** Bright ink is looked for as dark ink of the negative: levels are flipped by this mask. */
export const flipOf = (polarity: Polarity): 0 | 255 => (polarity === 'dark' ? 0 : 255);

export interface InkThresholds {
  columns: number;
  /** [rows] the columns from … to − 1 have all the row's cells with ink. Equal where none has. */
  from: Uint8Array;
  to: Uint8Array;
  /** [rows, columns] levels below this are ink; 0 where a cell has none. In levels flipped by `flipOf`. */
  levels: Uint8Array;
  /** [rows, columns] level of the ground around ink, flipped likewise. */
  ground: Uint8Array;
  /** False when no cell has ink. `from`, `to`, `levels` and `ground` are then of a frame before. */
  any: boolean;
}

const newThresholds = (): InkThresholds => ({
  columns: 0,
  from: new Uint8Array(MOST_CELLS),
  to: new Uint8Array(MOST_CELLS),
  levels: new Uint8Array(MOST_CELLS * MOST_CELLS),
  ground: new Uint8Array(MOST_CELLS * MOST_CELLS),
  any: false,
});

/** A function that finds both polarities' thresholds, which the next call overwrites. */
export function createInkMeasure(): (cells: Cells) => Record<Polarity, InkThresholds> {
  const own = { dark: newThresholds(), bright: newThresholds() };
  const planesOfCells = createLanePlanes(MOST_CELLS);
  const closed = planesOfCells.newPlane();
  const strength = planesOfCells.newPlane();
  const size = { columns: 0, rows: 0 };
  return (cells) => {
    const { columns, rows, planes, means } = cells;
    if (columns !== size.columns || rows !== size.rows) {
      closed.fill(0);
      Object.assign(size, { columns, rows });
    }
    own.dark.any = own.bright.any = false;
    planes.widen(means, closed, {
      region: { left: 0, top: 0, right: columns, bottom: rows },
      radius: CLOSE_RADIUS,
      flip: NEGATIVE,
    });
    const strong = whereStrong(cells, closed);
    if (strong === undefined) return own;
    const around = grown(strong, cells);
    planes.widen(closed, closed, { region: around, radius: CLOSE_RADIUS, flip: NEGATIVE });
    strength.fill(0);
    const any = subtract(cells, closed, strength, strong) & ENOUGH;
    if (any === 0) return own;
    own.dark.any = (any & 0xffff) !== 0;
    own.bright.any = any >>> 16 !== 0;
    planes.widen(strength, strength, { region: around, radius: AROUND_RADIUS, flip: 0 });
    if (own.dark.any) setLevels(own.dark, 0, { cells, closed, strength, around });
    if (own.bright.any) setLevels(own.bright, 16, { cells, closed, strength, around });
    return own;
  };
}

/**
 * The box of the cells that may have ink, which in most frames are few: the ground is nowhere beyond the greatest mean
 * around, whose negative is in `widened`.
 */
function whereStrong({ planes, columns, rows, inkiest }: Cells, widened: Int32Array): Region | undefined {
  const box = { left: columns, top: rows, right: 0, bottom: 0 };
  for (let y = 0; y < rows; y++) {
    const start = planes.first + y * planes.stride;
    for (let x = 0; x < columns; x++) {
      // A lane never goes below zero: the greatest mean around a cell is not less than its own least level.
      const most = (widened[start + x]! ^ NEGATIVE) - inkiest[start + x]!;
      if ((most & ENOUGH) === 0) continue;
      if (x < box.left) box.left = x;
      if (x >= box.right) box.right = x + 1;
      if (y < box.top) box.top = y;
      box.bottom = y + 1;
    }
  }
  return box.bottom === 0 ? undefined : box;
}

/** Cells so far from strong ink have thresholds, too. */
function grown({ left, top, right, bottom }: Region, { columns, rows }: Cells): Region {
  return {
    left: Math.max(0, left - AROUND_RADIUS),
    top: Math.max(0, top - AROUND_RADIUS),
    right: Math.min(columns, right + AROUND_RADIUS),
    bottom: Math.min(rows, bottom + AROUND_RADIUS),
  };
}

/** How far the inkiest levels in `box` are from the ground; returns all bits that are set in any of them. */
function subtract({ planes, inkiest }: Cells, ground: Int32Array, strength: Int32Array, box: Region): number {
  let bits = 0;
  for (let y = box.top; y < box.bottom; y++) {
    const row = planes.first + y * planes.stride;
    for (let i = row + box.left; i < row + box.right; i++) {
      const difference = ground[i]! - inkiest[i]!; // no lane goes below zero: a closed mean is not less than the mean
      strength[i] = difference;
      bits |= difference;
    }
  }
  return bits;
}

interface Found {
  cells: Cells;
  closed: Int32Array;
  strength: Int32Array;
  around: Region;
}

function setLevels(own: InkThresholds, lane: 0 | 16, { cells, closed, strength, around }: Found): void {
  const { planes, columns, rows, inkiest } = cells;
  const { from, to, levels, ground } = own;
  own.columns = columns;
  from.fill(0, 0, rows);
  to.fill(0, 0, rows);
  for (let y = around.top; y < around.bottom; y++) {
    const start = planes.first + y * planes.stride;
    let first = columns;
    let end = 0;
    for (let x = around.left; x < around.right; x++) {
      const i = start + x;
      const own = (closed[i]! >>> lane) & 0xff;
      const ink = (strength[i]! >>> lane) & 0xff;
      const level = own - (ink >> INK_SHIFT);
      const at = y * columns + x;
      ground[at] = own;
      // Most cells near ink have none themselves, and need not be looked through.
      if (ink < LEAST_STRENGTH || ((inkiest[i]! >>> lane) & 0xff) >= level) {
        levels[at] = 0;
        continue;
      }
      levels[at] = level;
      if (x < first) first = x;
      end = x + 1;
    }
    if (end === 0) continue;
    from[y] = first;
    to[y] = end;
  }
}
