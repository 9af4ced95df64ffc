import { blankImage, checkImage } from './gray-image.ts';
import type { GrayImage } from './gray-image.ts';

export interface SheetOptions {
  /** Cells a row. */
  columns: number;
  /** Side of a cell in pixels; larger pictures are cut, smaller ones enlarged by a whole factor and centred. */
  cellSide: number;
  /** Pixels between cells. @default 2 */
  gap?: number;
  /** Level of gaps and empty cells. @default 96 */
  background?: number;
}

/** Many pictures as one, row by row. @throws InvalidImage when the sheet would exceed 4096 pixels a side */
export function contactSheet(images: GrayImage[], options: SheetOptions): GrayImage {
  const { columns, cellSide, gap = 2, background = 96 } = options;
  const pitch = cellSide + gap;
  const rows = Math.max(1, Math.ceil(images.length / columns));
  const sheet = blankImage(columns * pitch + gap, rows * pitch + gap, background);
  images.forEach((image, index) => {
    checkImage(image.pixels, image.width, image.height);
    const left = gap + (index % columns) * pitch;
    const top = gap + Math.floor(index / columns) * pitch;
    drawCell(sheet, image, left, top, cellSide);
  });
  return sheet;
}

function drawCell(sheet: GrayImage, image: GrayImage, left: number, top: number, side: number): void {
  const factor = Math.max(1, Math.floor(side / Math.max(image.width, image.height)));
  const width = Math.min(side, image.width * factor);
  const height = Math.min(side, image.height * factor);
  const x0 = left + Math.floor((side - width) / 2);
  const y0 = top + Math.floor((side - height) / 2);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      sheet.pixels[(y0 + y) * sheet.width + x0 + x] =
        image.pixels[Math.floor(y / factor) * image.width + Math.floor(x / factor)]!;
}
