// Masters of the train split as one blob of bytes: what augmentation draws from. Who they are stands in the split's
// members, in the same order. Layout, little-endian: 'DFMA' · u32 version · u32 count · u32 pixel bytes ·
// count × u8 hasSkeleton · count × pixels · a skeleton of 512 bytes for each master that has one.

import type { LargeBuffer } from './large-buffer.ts';

const MAGIC = 0x414d4644; // 'DFMA' read as little-endian u32
const VERSION = 1;
export const HEADER_BYTES = 16;
export const SKELETON_BYTES = 512;

/** Thrown when bytes are not packed masters of version 1. Not worth a retry: the same bytes fail again. */
export class MalformedMasters extends Error {
  override readonly name = 'MalformedMasters';
}

/** A blob of so many masters that come one after another. */
export interface MastersBlob {
  count: number;
  /** Masters added so far. */
  readonly length: number;
  add(master: { pixels: Uint8Array; skeleton?: Uint8Array | undefined }): void;
  /** Its bytes once all have come: a view that holds until its room is given back. @throws RangeError before */
  bytes(): Uint8Array;
}

/** @param room where the blob lies, new or given back before */
export function layOutMasters(count: number, pixelBytes: number, room: LargeBuffer): MastersBlob {
  const pixelsStart = HEADER_BYTES + count;
  let end = pixelsStart + count * pixelBytes; // of the skeletons
  let length = 0;
  const head = new DataView(room.atLeast(end).buffer);
  [MAGIC, VERSION, count, pixelBytes].forEach((word, i) => head.setUint32(4 * i, word, true));
  return {
    count,
    get length() {
      return length;
    },
    add({ pixels, skeleton }) {
      if (length === count) throw new RangeError(`packed masters: expected ${count} of them, got one more`);
      expectLength('pixels', pixels.length, pixelBytes);
      const bytes = room.atLeast(end + SKELETON_BYTES);
      bytes.set(pixels, pixelsStart + length * pixelBytes);
      bytes[HEADER_BYTES + length] = skeleton === undefined ? 0 : 1;
      if (skeleton !== undefined) {
        expectLength('skeleton', skeleton.length, SKELETON_BYTES);
        bytes.set(skeleton, end);
        end += SKELETON_BYTES;
      }
      length++;
    },
    bytes() {
      if (length < count) throw new RangeError(`packed masters: expected ${count} of them, got ${length}`);
      return room.atLeast(end).subarray(0, end);
    },
  };
}

/** Where things stand in packed masters. */
export interface MastersLayout {
  count: number;
  pixelBytes: number;
  /** Of `hasSkeleton`: [count] 0 or 1. */
  flagsStart: number;
  /** Of [count, pixelBytes]. */
  pixelsStart: number;
  /** Of [sum(hasSkeleton), 512] bit masks, in order. */
  skeletonsStart: number;
}

/**
 * Reads the first HEADER_BYTES of packed masters.
 * @throws MalformedMasters for another format or version, or fewer bytes
 */
export function layoutOfMasters(header: Uint8Array): MastersLayout {
  if (header.length < HEADER_BYTES)
    throw new MalformedMasters(`packed masters: expected at least ${HEADER_BYTES} bytes, got ${header.length}`);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const word = (i: number): number => view.getUint32(4 * i, true);
  if (word(0) !== MAGIC || word(1) !== VERSION)
    throw new MalformedMasters(
      `packed masters: expected 'DFMA' version 1, got 0x${word(0).toString(16)} version ${word(1)}`,
    );
  const [count, pixelBytes] = [word(2), word(3)];
  const pixelsStart = HEADER_BYTES + count;
  return { count, pixelBytes, flagsStart: HEADER_BYTES, pixelsStart, skeletonsStart: pixelsStart + count * pixelBytes };
}

function expectLength(what: string, got: number, expected: number): void {
  if (got !== expected) throw new RangeError(`packed masters: expected ${expected} bytes of ${what}, got ${got}`);
}
