// Connected parts of the ink, found on runs of pixels instead of pixels: a picture of a digit has a few hundred runs.

/** Ink at or below this share of a full stroke (of 255) is fringe, not ink: the recipe's 0.35. */
export const INK_MASK_LEVEL = 89;
/** Parts smaller than this share of all ink are specks; 0.05 would destroy dotted digits. */
const SPECK_SHARE = 0.02;
/** Two parts whose 3×3-dilated masks touch are one: their pixels lie at most this far apart in x and in y. */
const REACH = 3;

export interface InkParts {
  /** How many runs there are; the first `count` entries of the arrays below are valid. */
  count: number;
  row: Int16Array;
  /** Row y has the runs from `rowStart[y]` to `rowStart[y + 1]`. */
  rowStart: Int32Array;
  /** Run [from, to) along x. */
  from: Int16Array;
  to: Int16Array;
  /** 1 where the run belongs to a part that is large enough. */
  kept: Uint8Array;
  /** Box of the kept runs, right and bottom exclusive; empty (0) when there is no ink. */
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * A function that finds the parts of the ink of a picture of at most `maxSide`×`maxSide` pixels and drops specks.
 * `table` maps a level to ink, 0 … 255, and rises or falls all the way. The returned object is reused by the next call.
 */
export function createPartFinder(maxSide: number) {
  const most = maxSide * Math.ceil(maxSide / 3 + 1); // runs of a row lie at least three pixels apart
  const parts: InkParts = {
    count: 0,
    row: new Int16Array(most),
    rowStart: new Int32Array(maxSide + 1),
    from: new Int16Array(most),
    to: new Int16Array(most),
    kept: new Uint8Array(most),
    left: 0,
    top: 0,
    right: 0,
    bottom: 0,
  };
  const area = new Int32Array(most);
  const parent = new Int32Array(most);

  const rootOf = (run: number): number => {
    let root = run;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };

  /** Joins runs of two rows that reach each other; both lists are sorted, so one sweep is enough. */
  const joinRows = (upperFrom: number, upperTo: number, lowerFrom: number, lowerTo: number): void => {
    const { from, to } = parts;
    const reach = REACH;
    let upper = upperFrom;
    let lower = lowerFrom;
    while (upper < upperTo && lower < lowerTo) {
      const isReached = from[upper]! < to[lower]! + reach && from[lower]! < to[upper]! + reach;
      // Most runs have been joined already, by the row above.
      if (isReached && parent[upper] !== parent[lower]) {
        const a = rootOf(upper);
        const b = rootOf(lower);
        if (a < b) parent[b] = a;
        else parent[a] = b;
      }
      if (to[upper]! < to[lower]!) upper++;
      else lower++;
    }
  };

  return (pixels: Uint8Array, width: number, height: number, table: Uint8Array): InkParts => {
    const { row, rowStart, from, to } = parts;
    const reach = REACH;
    let count = 0;
    let total = 0;
    // Ink is monotone in the level: one comparison finds it, after flipping dark ink to bright.
    const flip = table[0]! > table[255]! ? 255 : 0;
    let bound = 255;
    while (bound > 0 && table[bound ^ flip]! > INK_MASK_LEVEL) bound--;
    for (let y = 0; y < height; y++) {
      const start = y * width;
      const end = start + width;
      const first = count;
      rowStart[y] = count;
      for (let i = start; i < end;) {
        while (i < end && (pixels[i]! ^ flip) <= bound) i++;
        if (i === end) break;
        const left = i - start;
        while (i < end && (pixels[i]! ^ flip) > bound) i++;
        const right = i - start;
        total += right - left;
        if (count > first && left - to[count - 1]! < reach) {
          to[count - 1] = right; // the gap is covered by both dilated runs
          area[count - 1]! += right - left;
          continue;
        }
        row[count] = y;
        from[count] = left;
        to[count] = right;
        area[count] = right - left;
        parent[count] = count;
        count++;
      }
      for (let above = Math.max(0, y - reach); above < y; above++)
        joinRows(rowStart[above]!, rowStart[above + 1]!, first, count);
      rowStart[y + 1] = count;
    }
    parts.count = count;
    for (let run = count - 1; run >= 0; run--) {
      const root = rootOf(run);
      if (root !== run) area[root]! += area[run]!;
    }
    keepLarge(parts, total, (run) => area[rootOf(run)]!);
    return parts;
  };
}

function keepLarge(parts: InkParts, total: number, areaOf: (run: number) => number): void {
  const { row, from, to, kept } = parts;
  const least = SPECK_SHARE * total;
  let left = 0x7fff;
  let top = 0x7fff;
  let right = 0;
  let bottom = 0;
  for (let run = 0; run < parts.count; run++) {
    kept[run] = areaOf(run) >= least ? 1 : 0;
    if (kept[run] === 0) continue;
    left = Math.min(left, from[run]!);
    right = Math.max(right, to[run]!);
    top = Math.min(top, row[run]!);
    bottom = row[run]! + 1;
  }
  parts.left = right > 0 ? left : 0;
  parts.top = right > 0 ? top : 0;
  parts.right = right;
  parts.bottom = bottom;
}
