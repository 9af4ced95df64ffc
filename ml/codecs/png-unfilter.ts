import { InvalidPng } from './png-error.ts';

/** Filtered rows of a picture or a pass. */
export interface FilteredRows {
  data: Uint8Array;
  /** Of the first row in `data`; each is a filter byte and `rowBytes` bytes. */
  start: number;
  rows: number;
  rowBytes: number;
  /** Bytes of a pixel, at least 1. */
  pixelBytes: number;
}

/**
 * Undoes the row filters of a PNG: writes the rows without their filter bytes to `out`, from `to` on. `out` may be `data`
 * itself with `to` at or before `start`. @throws InvalidPng for an unknown filter
 */
export function unfilter({ data, start, rows, rowBytes, pixelBytes }: FilteredRows, out: Uint8Array, to: number): void {
  for (let row = 0; row < rows; row++) {
    const filterAt = start + row * (rowBytes + 1);
    const from = filterAt + 1;
    const first = to + row * rowBytes;
    const end = first + rowBytes;
    const shift = from - first;
    const filter = data[filterAt]!;
    const hasAbove = row > 0;
    switch (filter) {
      case 0:
        copy(data, out, first, end, shift);
        break;
      case 1:
        if (pixelBytes === 1) addLeft(data, out, first, end, shift);
        else
          for (let i = first; i < end; i++)
            out[i] = data[i + shift]! + (i >= first + pixelBytes ? out[i - pixelBytes]! : 0);
        break;
      case 2:
        if (hasAbove) for (let i = first; i < end; i++) out[i] = data[i + shift]! + out[i - rowBytes]!;
        else copy(data, out, first, end, shift);
        break;
      case 3:
        for (let i = first; i < end; i++) {
          const left = i >= first + pixelBytes ? out[i - pixelBytes]! : 0;
          out[i] = data[i + shift]! + ((left + (hasAbove ? out[i - rowBytes]! : 0)) >> 1);
        }
        break;
      case 4:
        for (let i = first; i < end; i++) {
          const left = i >= first + pixelBytes ? out[i - pixelBytes]! : 0;
          const up = hasAbove ? out[i - rowBytes]! : 0;
          const corner = hasAbove && i >= first + pixelBytes ? out[i - rowBytes - pixelBytes]! : 0;
          out[i] = data[i + shift]! + nearest(left, up, corner);
        }
        break;
      default:
        throw new InvalidPng(`png: expected a filter from 0 to 4 in row ${row}, got ${filter}`);
    }
  }
}

function copy(data: Uint8Array, out: Uint8Array, first: number, end: number, shift: number): void {
  for (let i = first; i < end; i++) out[i] = data[i + shift]!;
}

/**
 * The byte just written is kept at hand, with all that went before it: what is stored is its lowest eight bits. Reading it
 * back from memory, or one byte a turn, takes twice as long.
 */
function addLeft(data: Uint8Array, out: Uint8Array, first: number, end: number, shift: number): void {
  let sum = 0;
  let i = first;
  for (; i + 4 <= end; i += 4) {
    sum = (sum + data[i + shift]!) | 0;
    out[i] = sum;
    sum = (sum + data[i + shift + 1]!) | 0;
    out[i + 1] = sum;
    sum = (sum + data[i + shift + 2]!) | 0;
    out[i + 2] = sum;
    sum = (sum + data[i + shift + 3]!) | 0;
    out[i + 3] = sum;
  }
  for (; i < end; i++) {
    sum = (sum + data[i + shift]!) | 0;
    out[i] = sum;
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
