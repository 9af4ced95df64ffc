// Means, least and greatest levels of the cells of a working picture, for both polarities.

import type { WorkingPicture } from './working-picture.ts';
import { bothLanes, createLanePlanes, type LanePlanes } from './two-lanes.ts';

/** Side of a cell in working pixels. */
export const CELL_SIDE = 4;

export interface Cells {
  columns: number;
  rows: number;
  planes: LanePlanes;
  /** Two lanes: the mean of each cell. 0 in the border. */
  means: Int32Array;
  /** Two lanes: the level of each cell that is most like ink: the least one, and that of the negative. */
  inkiest: Int32Array;
}

/** Room for `side` × `side` working pixels. */
export function createCells(side: number): Cells {
  const planes = createLanePlanes(Math.ceil(side / CELL_SIDE));
  return { columns: 0, rows: 0, planes, means: planes.newPlane(), inkiest: planes.newPlane() };
}

/** Takes the size of a working picture. What cells of another size left behind would be taken for border. */
export function resizeCells(cells: Cells, width: number, height: number): void {
  const columns = Math.ceil(width / CELL_SIDE);
  const rows = Math.ceil(height / CELL_SIDE);
  if (columns === cells.columns && rows === cells.rows) return;
  cells.columns = columns;
  cells.rows = rows;
  cells.means.fill(0);
}

/** Cells at the right and the bottom border may be smaller. */
export function measureCells({ pixels, width, height, cells }: WorkingPicture): void {
  const { planes, means, inkiest } = cells;
  for (let row = 0; row < cells.rows; row++) {
    const bottom = Math.min(height, (row + 1) * CELL_SIDE);
    for (let column = 0; column < cells.columns; column++) {
      const left = column * CELL_SIDE;
      const right = Math.min(width, left + CELL_SIDE);
      let sum = 0;
      let least = 255;
      let most = 0;
      for (let y = row * CELL_SIDE; y < bottom; y++) {
        const end = y * width + right;
        for (let i = y * width + left; i < end; i++) {
          const level = pixels[i]!;
          const below = (level - least) & ((level - least) >> 31);
          const above = (most - level) & ((most - level) >> 31);
          sum += level;
          least += below;
          most -= above;
        }
      }
      const cell = planes.first + row * planes.stride + column;
      means[cell] = bothLanes(Math.floor(sum / ((right - left) * (bottom - row * CELL_SIDE)) + 0.5));
      inkiest[cell] = least | ((255 - most) << 16);
    }
  }
}
