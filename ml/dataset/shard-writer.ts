// Puts samples into a shard one by one, each copied at once, so that nothing of it need be kept. The layout stands in
// packed-samples.ts.

import { createByteList } from './byte-list.ts';
import { createLargeBuffer } from './large-buffer.ts';
import { HEADER_BYTES, MAGIC, MAX_NAME_BYTES, MAX_SHARD_BYTES, ROW_BYTES, VERSION } from './packed-samples.ts';
import { DIGEST_BYTES, MAX_SIDE, NO_GROUP, SPLIT_HINTS, type Sample } from './samples.ts';

export interface ShardWriter {
  /** Bytes of the shard so far, without its header. */
  readonly sizeBytes: number;
  /**
   * @throws RangeError when an image, a name or a number does not fit its column, and when the shard would be larger than it
   *   may be; the shard is then as it was
   */
  add(sample: Sample): void;
  /** The finished shard: a view that holds until the next `add`, which begins another one, or `giveBack`. */
  take(): Uint8Array;
  /** Its memory, at once. */
  giveBack(): void;
}

const encoder = new TextEncoder();

/** @param maxBytes of a shard, its header counted @default 32 MiB */
export function createShardWriter(maxBytes = MAX_SHARD_BYTES): ShardWriter {
  const groups = createByteList();
  const [widths, heights, labels, sources, splitHints] = [
    createByteList(),
    createByteList(),
    createByteList(),
    createByteList(),
    createByteList(),
  ];
  const digests = createByteList();
  const nameLengths = createByteList();
  const names = createByteList();
  const inOrder = [groups, widths, heights, labels, sources, splitHints, digests, nameLengths, names];
  const shard = createLargeBuffer(maxBytes); // pixels from 0 on: what stands before them is as long as is known at the end only
  let pixelBytes = 0;
  let count = 0;
  const sizeBytes = (): number => count * ROW_BYTES + names.length + pixelBytes;

  return {
    get sizeBytes() {
      return sizeBytes();
    },
    add({ name, image, label, source, group, splitHint, digest }) {
      const { pixels, width, height } = image;
      const nameBytes = encoder.encode(name);
      expectInteger(`width of ${name}`, width, 1, MAX_SIDE);
      expectInteger(`height of ${name}`, height, 1, MAX_SIDE);
      expectInteger(`pixels of ${name}`, pixels.length, width * height, width * height);
      expectInteger(`label of ${name}`, label, 0, 255);
      expectInteger(`source of ${name}`, source, 0, 255);
      expectInteger(`group of ${name}`, group, 0, NO_GROUP);
      expectInteger(`digest bytes of ${name}`, digest.length, DIGEST_BYTES, DIGEST_BYTES);
      expectInteger(`bytes of the name ${name}`, nameBytes.length, 0, MAX_NAME_BYTES);
      const nextBytes = HEADER_BYTES + sizeBytes() + ROW_BYTES + nameBytes.length + pixels.length;
      if (nextBytes > maxBytes) {
        throw new RangeError(`shard of ${count + 1} samples: expected at most ${maxBytes} bytes, got ${nextBytes}`);
      }
      groups.pushNumber(group, 4);
      widths.pushNumber(width, 1);
      heights.pushNumber(height, 1);
      labels.pushNumber(label, 1);
      sources.pushNumber(source, 1);
      splitHints.pushNumber(SPLIT_HINTS.indexOf(splitHint), 1);
      digests.push(digest);
      nameLengths.pushNumber(nameBytes.length, 2);
      names.push(nameBytes);
      shard.atLeast(pixelBytes + pixels.length).set(pixels, pixelBytes);
      pixelBytes += pixels.length;
      count++;
    },
    take() {
      const pixelsStart = HEADER_BYTES + count * ROW_BYTES + names.length;
      const bytes = shard.atLeast(pixelsStart + pixelBytes).subarray(0, pixelsStart + pixelBytes);
      bytes.copyWithin(pixelsStart, 0, pixelBytes);
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      [MAGIC, VERSION, count, names.length, pixelBytes].forEach((word, i) => view.setUint32(i * 4, word, true));
      let at = HEADER_BYTES;
      for (const column of inOrder) {
        bytes.set(column.bytes(), at);
        at += column.length;
        column.clear();
      }
      count = 0;
      pixelBytes = 0;
      return bytes;
    },
    giveBack: () => shard.giveBack(),
  };
}

function expectInteger(what: string, got: number, low: number, high: number): void {
  if (Number.isInteger(got) && got >= low && got <= high) return;
  throw new RangeError(`${what}: expected ${low === high ? low : `an integer in ${low} … ${high}`}, got ${got}`);
}
