// The common case of shrinking, a frame at half its size, in one pass with the measures of its cells. Four pixels are read
// as one integer, so that two sums are taken at a time; bytes of a pair lie in the order of the machine's integers, which
// gives the same bits on machines of either order.

import type { GrayImage } from '../image/gray-image.ts';
import { CELL_SIDE } from './cells.ts';
import { bothLanes, GUARD } from './two-lanes.ts';
import type { WorkingPicture } from './working-picture.ts';

const BYTES = 0x00ff_00ff;
const HALVES = 0x0002_0002; // rounds the mean of four

/** True for frames whose halved rows are whole cells. */
export const canHalve = ({ width, height }: GrayImage): boolean => width % (2 * CELL_SIDE) === 0 && height % 2 === 0;

/**
 * Fills `pairs`, the pixels of `picture` taken two by two, and the cells of `picture`, which has its size already.
 * @param words [height, width / 4] the frame, taken four by four pixels
 */
export function halve(words: Int32Array, pairs: Uint16Array, { width, height, cells }: WorkingPicture): void {
  const { planes, means, inkiest, columns, rows } = cells;
  const { first, stride } = planes;
  const across = width >> 1; // words of a frame's row, and pairs of a row of the picture
  for (let row = 0; row < rows; row++) {
    const tall = Math.min(CELL_SIDE, height - row * CELL_SIDE);
    const cellsAt = first + row * stride;
    for (let column = 0; column < columns; column++) {
      let at = 2 * row * CELL_SIDE * across + 2 * column;
      let to = row * CELL_SIDE * across + 2 * column;
      let sums = 0;
      let least = BYTES;
      let most = 0;
      for (let y = 0; y < tall; y++) {
        const a = words[at]!;
        const b = words[at + across]!;
        const c = words[at + 1]!;
        const d = words[at + across + 1]!;
        at += 2 * across;
        const left = (((a & BYTES) + ((a >>> 8) & BYTES) + (b & BYTES) + ((b >>> 8) & BYTES) + HALVES) >>> 2) & BYTES;
        const right = (((c & BYTES) + ((c >>> 8) & BYTES) + (d & BYTES) + ((d >>> 8) & BYTES) + HALVES) >>> 2) & BYTES;
        pairs[to] = left | (left >>> 8);
        pairs[to + 1] = right | (right >>> 8);
        to += across;
        sums += left + right;
        // The greater and the lesser of both, then the greatest and the least so far, as in two-lanes.ts.
        let over = (left | GUARD) - right;
        let guards = over & GUARD;
        over &= guards - (guards >>> 8);
        const greater = right + over;
        const lesser = left - over;
        over = (most | GUARD) - greater;
        guards = over & GUARD;
        most = greater + (over & (guards - (guards >>> 8)));
        over = (lesser | GUARD) - least;
        guards = over & GUARD;
        least = lesser - (over & (guards - (guards >>> 8)));
      }
      const sum = (sums & 0xffff) + (sums >>> 16);
      const mean = tall === CELL_SIDE ? (sum + 8) >> 4 : Math.floor(sum / (CELL_SIDE * tall) + 0.5);
      means[cellsAt + column] = bothLanes(mean);
      inkiest[cellsAt + column] =
        Math.min(least & 0xff, least >>> 16) | ((255 - Math.max(most & 0xff, most >>> 16)) << 16);
    }
  }
}
