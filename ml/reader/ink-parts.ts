// Connected parts of the ink of a working picture in one polarity, found on runs of pixels: a frame has a few hundred.

import { CELL_SIDE } from './cells.ts';
import { flipOf, type InkThresholds, type Polarity } from './ink-threshold.ts';
import { WORKING_SIDE, type WorkingPicture } from './working-picture.ts';

/** Runs of a row lie at least one pixel apart. */
const MOST_RUNS = (WORKING_SIDE * WORKING_SIDE) / 2;

/** All arrays are indexed by run, in reading order. A part is named by its first run, its root. */
export interface InkRuns {
  polarity: Polarity;
  count: number;
  row: Uint8Array;
  /** Run [from, to) along x. */
  from: Uint8Array;
  to: Uint8Array;
  /** [height + 1] the first run of each row. */
  rowStart: Uint16Array;
  /** Towards the root; `rootOf` follows it. */
  parent: Uint16Array;
  /** Of roots: box of the part, right and bottom exclusive, and its number of pixels. */
  left: Uint8Array;
  right: Uint8Array;
  top: Uint8Array;
  bottom: Uint8Array;
  area: Uint16Array;
  /** Of roots: the part's number of runs. */
  runCount: Uint16Array;
  roots: Uint16Array; // the first `rootCount`, in reading order
  rootCount: number;
}

export function createInkRuns(polarity: Polarity): InkRuns {
  return {
    polarity,
    count: 0,
    row: new Uint8Array(MOST_RUNS),
    from: new Uint8Array(MOST_RUNS),
    to: new Uint8Array(MOST_RUNS),
    rowStart: new Uint16Array(WORKING_SIDE + 1),
    parent: new Uint16Array(MOST_RUNS),
    left: new Uint8Array(MOST_RUNS),
    right: new Uint8Array(MOST_RUNS),
    top: new Uint8Array(MOST_RUNS),
    bottom: new Uint8Array(MOST_RUNS),
    area: new Uint16Array(MOST_RUNS),
    runCount: new Uint16Array(MOST_RUNS),
    roots: new Uint16Array(MOST_RUNS),
    rootCount: 0,
  };
}

export function rootOf({ parent }: InkRuns, run: number): number {
  let root = run;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root]!]!;
    root = parent[root]!;
  }
  return root;
}

/** Fills `runs` with the ink below the thresholds; parts are 8-connected. */
export function findInk(picture: WorkingPicture, thresholds: InkThresholds, runs: InkRuns): void {
  const { rowStart } = runs;
  const { height } = picture;
  runs.count = 0;
  runs.rootCount = 0;
  for (let y = 0; y < height; y++) {
    const first = runs.count;
    rowStart[y] = first;
    const row = Math.floor(y / CELL_SIDE);
    if (thresholds.from[row] === thresholds.to[row]) continue;
    addRow(picture, thresholds, runs, y);
    if (y > 0) joinRows(runs, rowStart[y - 1]!, first);
  }
  rowStart[height] = runs.count;
  measureParts(runs);
}

function addRow({ pixels, width }: WorkingPicture, thresholds: InkThresholds, runs: InkRuns, y: number): void {
  const { columns, levels } = thresholds;
  const flip = flipOf(runs.polarity);
  const row = Math.floor(y / CELL_SIDE);
  const cells = row * columns;
  const last = thresholds.to[row]!;
  const start = y * width;
  let count = runs.count;
  let from = -1;
  for (let column = thresholds.from[row]!; column < last; column++) {
    const level = levels[cells + column]!;
    let x = column * CELL_SIDE;
    if (level === 0) {
      if (from < 0) continue;
      count = addRun(runs, count, y, from, x);
      from = -1;
      continue;
    }
    const end = Math.min(width, x + CELL_SIDE);
    for (; x < end; x++) {
      if ((pixels[start + x]! ^ flip) < level) {
        if (from < 0) from = x;
      } else if (from >= 0) {
        count = addRun(runs, count, y, from, x);
        from = -1;
      }
    }
  }
  if (from >= 0) count = addRun(runs, count, y, from, Math.min(width, last * CELL_SIDE));
  runs.count = count;
}

function addRun(runs: InkRuns, run: number, row: number, from: number, to: number): number {
  runs.row[run] = row;
  runs.from[run] = from;
  runs.to[run] = to;
  runs.parent[run] = run;
  return run + 1;
}

/** Joins runs of two rows that touch, corners included; both lists are sorted, so one sweep is enough. */
function joinRows(runs: InkRuns, upperFirst: number, lowerFirst: number): void {
  const { from, to, parent } = runs;
  let upper = upperFirst;
  let lower = lowerFirst;
  while (upper < lowerFirst && lower < runs.count) {
    if (from[upper]! <= to[lower]! && from[lower]! <= to[upper]!) {
      const a = rootOf(runs, upper);
      const b = rootOf(runs, lower);
      if (a < b) parent[b] = a;
      else parent[a] = b;
    }
    if (to[upper]! < to[lower]!) upper++;
    else lower++;
  }
}

function measureParts(runs: InkRuns): void {
  const { row, from, to, left, right, top, bottom, area, runCount } = runs;
  for (let run = 0; run < runs.count; run++) {
    const root = rootOf(runs, run);
    const length = to[run]! - from[run]!;
    if (root === run) {
      left[run] = from[run]!;
      right[run] = to[run]!;
      top[run] = row[run]!;
      area[run] = length;
      runCount[run] = 1;
      runs.roots[runs.rootCount++] = run;
    } else {
      if (from[run]! < left[root]!) left[root] = from[run]!;
      if (to[run]! > right[root]!) right[root] = to[run]!;
      area[root]! += length;
      runCount[root]!++;
    }
    bottom[root] = row[run]! + 1;
  }
}

/** Makes `part` belong to `whole`; boxes and areas grow with it. Both are roots, and `part` stops being one. */
export function joinParts(runs: InkRuns, whole: number, part: number): void {
  runs.parent[part] = whole;
  runs.left[whole] = Math.min(runs.left[whole]!, runs.left[part]!);
  runs.right[whole] = Math.max(runs.right[whole]!, runs.right[part]!);
  runs.top[whole] = Math.min(runs.top[whole]!, runs.top[part]!);
  runs.bottom[whole] = Math.max(runs.bottom[whole]!, runs.bottom[part]!);
  runs.area[whole]! += runs.area[part]!;
  runs.runCount[whole]! += runs.runCount[part]!;
}
