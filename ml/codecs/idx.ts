// The header of an IDX file, the format MNIST comes in: two zero bytes, the type of the values, how many dimensions, and
// each of them as four bytes, most significant first. The body is not looked at here: it may be larger than memory.

const UNSIGNED_BYTE = 0x08;

export interface IdxHeader {
  /** [count] of labels, [count, rows, columns] of images. */
  dimensions: number[];
  /** Where the body begins. */
  headerBytes: number;
  /** What the header says of the body. May lie. */
  bodyBytes: number;
}

/** Thrown when bytes don't begin as an IDX file of unsigned bytes. Not worth a retry. */
export class InvalidIdx extends Error {
  override readonly name = 'InvalidIdx';
}

/** Bytes of a header with so many dimensions. */
export const idxHeaderBytes = (dimensions: number): number => 4 + 4 * dimensions;

/**
 * @param head at least the header
 * @param dimensions 1 for labels, 3 for images
 * @throws InvalidIdx
 */
export function parseIdxHeader(head: Uint8Array, dimensions: number): IdxHeader {
  const headerBytes = idxHeaderBytes(dimensions);
  if (head.length < headerBytes)
    throw new InvalidIdx(`expected a header of ${headerBytes} bytes, got a file of ${head.length}`);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTE || view.getUint8(3) !== dimensions) {
    const wanted = `0000080${dimensions}`;
    const got = view.getUint32(0).toString(16).padStart(8, '0');
    throw new InvalidIdx(`expected the magic number ${wanted} (unsigned bytes, ${dimensions} dimensions), got ${got}`);
  }
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  return { dimensions: sizes, headerBytes, bodyBytes: sizes.reduce((product, size) => product * size, 1) };
}
