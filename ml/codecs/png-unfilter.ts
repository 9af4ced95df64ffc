import { InvalidPng } from './png-error.ts';

/**
 * Undoes the row filters of a PNG in place. Each of `rows` rows is a filter byte and `rowBytes` bytes; a pixel takes
 * `pixelBytes` bytes (at least 1). @throws InvalidPng for an unknown filter
 */
export function unfilter(data: Uint8Array, start: number, rows: number, rowBytes: number, pixelBytes: number): void {
  for (let row = 0; row < rows; row++) {
    const filterAt = start + row * (rowBytes + 1);
    const first = filterAt + 1;
    const end = first + rowBytes;
    const filter = data[filterAt]!;
    const hasAbove = row > 0;
    const above = rowBytes + 1; // the byte above lies so far before
    switch (filter) {
      case 0:
        break;
      case 1:
        if (pixelBytes === 1) addLeft(data, first, end);
        else for (let i = first + pixelBytes; i < end; i++) data[i]! += data[i - pixelBytes]!;
        break;
      case 2:
        if (hasAbove) for (let i = first; i < end; i++) data[i]! += data[i - above]!;
        break;
      case 3:
        for (let i = first; i < end; i++) {
          const left = i >= first + pixelBytes ? data[i - pixelBytes]! : 0;
          data[i]! += (left + (hasAbove ? data[i - above]! : 0)) >> 1;
        }
        break;
      case 4:
        for (let i = first; i < end; i++) {
          const left = i >= first + pixelBytes ? data[i - pixelBytes]! : 0;
          const up = hasAbove ? data[i - above]! : 0;
          const corner = hasAbove && i >= first + pixelBytes ? data[i - above - pixelBytes]! : 0;
          data[i]! += nearest(left, up, corner);
        }
        break;
      default:
        throw new InvalidPng(`png: expected a filter from 0 to 4 in row ${row}, got ${filter}`);
    }
  }
}

/** The byte just written is kept at hand: reading it back from memory takes several times as long as the sum. */
function addLeft(data: Uint8Array, first: number, end: number): void {
  let left = 0;
  for (let i = first; i < end; i++) {
    left = (left + data[i]!) & 255;
    data[i] = left;
  }
}

/** Paeth's predictor: the neighbour nearest to left + up − corner. */
function nearest(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
