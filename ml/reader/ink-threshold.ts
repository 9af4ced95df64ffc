// From which level on a pixel counts as ink, cell by cell: the ground is what is left when every stroke is closed, and a
// pixel is ink when it lies far enough from the ground for the strongest ink around it. Cells without ink have no
// threshold, and most of a frame is skipped. Method: the top-hat of mathematical morphology (Serra, 1982) on a coarse grid.

import { CELL_SIDE, type Cells } from './cells.ts';
import { createLanePlanes, NEGATIVE } from './two-lanes.ts';
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

const newThresholds = (): InkThresholds => ({
  columns: 0,
  rows: 0,
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
    const { columns, rows, planes, means, inkiest } = cells;
    if (columns !== size.columns || rows !== size.rows) {
      closed.fill(0);
      strength.fill(0);
      Object.assign(size, { columns, rows });
    }
    const { first, stride } = planes;
    const region = { left: 0, top: 0, right: columns, bottom: rows };
    planes.widen(means, closed, { region, radius: CLOSE_RADIUS, flip: NEGATIVE });
    planes.widen(closed, closed, { region, radius: CLOSE_RADIUS, flip: NEGATIVE });
    let any = 0;
    for (let y = 0; y < rows; y++)
      for (let i = first + y * stride; i < first + y * stride + columns; i++) {
        // No lane goes below zero: a ground is nowhere below the cell's mean.
        const difference = closed[i]! - inkiest[i]!;
        strength[i] = difference;
        any |= difference & ENOUGH;
      }
    own.dark.columns = own.bright.columns = columns;
    own.dark.rows = own.bright.rows = rows;
    own.dark.any = (any & 0xffff) !== 0;
    own.bright.any = any >>> 16 !== 0;
    if (any === 0) return own;
    planes.widen(strength, strength, { region, radius: AROUND_RADIUS, flip: 0 });
    for (let y = 0, to = 0; y < rows; y++)
      for (let i = first + y * stride; i < first + y * stride + columns; i++, to++) {
        const ground = closed[i]!;
        const ink = strength[i]!;
        own.dark.ground[to] = ground & 0xff;
        own.bright.ground[to] = ground >>> 16;
        own.dark.levels[to] = levelOf(ground & 0xff, ink & 0xff);
        own.bright.levels[to] = levelOf(ground >>> 16, ink >>> 16);
      }
    return own;
  };
}

const levelOf = (ground: number, ink: number): number =>
  ink < LEAST_STRENGTH ? 0 : Math.max(0, ground - Math.floor(INK_SHARE * ink));
