// Both polarities at once: a cell's level in the lower half of an integer, the level of its negative in the upper half.
// What is the greatest in one lane is the least of the picture in the other, so one pass does for both. Nothing here
// branches on levels: noise would make the processor guess wrong at every other cell.

/** Set in a lane of `(a | GUARD) - b` where a is not less than b. */
export const GUARD = 0x0100_0100;
/** Exclusive or with this turns each lane into its negative. */
export const NEGATIVE = 0x00ff_00ff;

/** Lanes of a level 0 … 255 and of its negative. */
export const bothLanes = (level: number): number => level | ((255 - level) << 16);

/** Cells around a plane's own that stay 0, so that no window needs cutting. */
export const BORDER = 4;

/** A rectangle of cells in a plane; right and bottom exclusive. */
export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Planes of up to `side` × `side` cells. */
export interface LanePlanes {
  /** Distance of neighbours in y. */
  stride: number;
  /** Index of cell (0, 0). */
  first: number;
  newPlane(): Int32Array;
  /**
   * In the region, `target` becomes the greatest of `source` around it, exclusive or `flip`; outside nothing changes.
   * `source` must be 0 in its border. It may be `target`.
   */
  widen(source: Int32Array, target: Int32Array, widening: Widening): void;
}

export interface Widening {
  region: Region;
  /** Cells in x and in y, 2 … 4. */
  radius: number;
  flip: number;
}

export function createLanePlanes(side: number): LanePlanes {
  const stride = side + 2 * BORDER;
  const first = BORDER * stride + BORDER;
  const newPlane = (): Int32Array => new Int32Array(stride * stride);
  const threes = newPlane();
  const lines = newPlane();
  return {
    stride,
    first,
    newPlane,
    widen(source, target, { region: { left, top, right, bottom }, radius, flip }) {
      // Three windows of three, `apart` from each other, make one of 2 × radius + 1.
      const apart = radius - 1;
      const width = right - left;
      const height = bottom - top;
      const start = first + top * stride + left;
      const above = start - radius * stride;
      const tall = height + 2 * radius;
      ofThree(source, threes, {
        start: above - apart,
        width: width + 2 * apart,
        height: tall,
        stride,
        step: 1,
        flip: 0,
      });
      ofThree(threes, lines, { start: above, width, height: tall, stride, step: apart, flip: 0 });
      ofThree(lines, threes, { start: above + stride, width, height: tall - 2, stride, step: stride, flip: 0 });
      ofThree(threes, target, { start, width, height, stride, step: apart * stride, flip });
    },
  };
}

interface Pass {
  /** Index of the first cell. */
  start: number;
  width: number;
  height: number;
  stride: number;
  step: number;
  flip: number;
}

/** `to` becomes the greatest of `from` here and `step` before and after, in both lanes, exclusive or `flip`. */
function ofThree(from: Int32Array, to: Int32Array, { start, width, height, stride, step, flip }: Pass): void {
  for (let y = 0; y < height; y++) {
    const row = start + y * stride;
    const end = row + width;
    for (let i = row; i < end; i++) {
      const before = from[i - step]!;
      const here = from[i]!;
      const after = from[i + step]!;
      // A lane of `over` keeps its guard and the difference where the first is not less; the mask drops the others.
      let over = (before | GUARD) - here;
      let guards = over & GUARD;
      const most = here + (over & (guards - (guards >>> 8)));
      over = (most | GUARD) - after;
      guards = over & GUARD;
      to[i] = (after + (over & (guards - (guards >>> 8)))) ^ flip;
    }
  }
}
