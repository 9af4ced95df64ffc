// Masters of the train split as one blob of bytes: what augmentation draws from. Who they are stands in the split's
// members, in the same order. Layout, little-endian: 'DFMA' · u32 version · u32 count · u32 pixel bytes ·
// count × u8 hasSkeleton · count × pixels · a skeleton of 512 bytes for each master that has one.

import type { LargeBuffer } from './large-buffer.ts';

const MAGIC = 0x414d4644; // 'DFMA' read as little-endian u32
const VERSION = 1;
const HEADER_BYTES = 16;
export const SKELETON_BYTES = 512;

export interface PackedMasters {
  count: number;
  /** 4096 for 64×64 canvases, 1024 for network inputs. */
  pixelBytes: number;
  hasSkeleton: Uint8Array; // [count] 0 or 1
  pixels: Uint8Array; // [count, pixelBytes]
  skeletons: Uint8Array; // [sum(hasSkeleton), 512] bit masks, in order
}

/** Thrown when bytes are not packed masters of version 1. Not worth a retry: the same bytes fail again. */
export class MalformedMasters extends Error {
  override readonly name = 'MalformedMasters';
}

const sum = (flags: Uint8Array): number => flags.reduce((total, flag) => total + flag, 0);

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

/**
 * Reads packed masters as views into `bytes`, not copies: leave the bytes alone while they are used.
 * @throws MalformedMasters for another format, version or length
 */
export function decodeMasters(bytes: Uint8Array): PackedMasters {
  if (bytes.length < HEADER_BYTES)
    throw new MalformedMasters(`packed masters: expected at least ${HEADER_BYTES} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (i: number): number => view.getUint32(4 * i, true);
  if (word(0) !== MAGIC || word(1) !== VERSION)
    throw new MalformedMasters(
      `packed masters: expected 'DFMA' version 1, got 0x${word(0).toString(16)} version ${word(1)}`,
    );
  const [count, pixelBytes] = [word(2), word(3)];
  const pixelsStart = HEADER_BYTES + count;
  const skeletonsStart = pixelsStart + count * pixelBytes;
  if (bytes.length < skeletonsStart)
    throw new MalformedMasters(`packed masters: expected at least ${skeletonsStart} bytes, got ${bytes.length}`);
  const hasSkeleton = bytes.subarray(HEADER_BYTES, pixelsStart);
  const end = skeletonsStart + sum(hasSkeleton) * SKELETON_BYTES;
  if (bytes.length !== end) throw new MalformedMasters(`packed masters: expected ${end} bytes, got ${bytes.length}`);
  return {
    count,
    pixelBytes,
    hasSkeleton,
    pixels: bytes.subarray(pixelsStart, skeletonsStart),
    skeletons: bytes.subarray(skeletonsStart, end),
  };
}

function expectLength(what: string, got: number, expected: number): void {
  if (got !== expected) throw new RangeError(`packed masters: expected ${expected} bytes of ${what}, got ${got}`);
}
