// JPEG pictures one after another in one file or stream.

import { UnreadableSource } from './source.ts';

/** A frame of a camera has well under a megabyte; what doesn't end within sixteen is no JPEG. */
const MAX_FRAME_BYTES = 16 * 2 ** 20;

const END = 0xd9;
/** Markers that stand alone: restarts, start, end, TEM. */
const isAlone = (marker: number): boolean => (marker >= 0xd0 && marker <= 0xd9) || marker === 0x01;

/**
 * The pictures, one at a time; bytes between them are passed over.
 * @param name for errors
 * @throws UnreadableSource when there is none, or one that doesn't end
 */
export async function* readMjpeg(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array();
  let count = 0;
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const start = startOf(held);
      if (start < 0) {
        held = held.subarray(Math.max(0, held.length - 1)); // half a marker may stand at the end
        break;
      }
      held = held.subarray(start);
      const length = jpegLength(held);
      if (length === undefined) break;
      count++;
      yield Uint8Array.from(held.subarray(0, length));
      held = held.subarray(length);
    }
    if (held.length > MAX_FRAME_BYTES)
      throw new UnreadableSource(`${name}: expected picture ${count} to end within 16 MB, got no end`);
  }
  if (count === 0) throw new UnreadableSource(`${name}: expected JPEG pictures one after another, got none`);
}

function startOf(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0xff); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1))
    if (bytes[at + 1] === 0xd8) return at;
  return -1;
}

/**
 * How long the JPEG at the beginning is; undefined when its end is not there yet. Segments are walked by their lengths,
 * because a thumbnail inside one has an end of its own.
 */
export function jpegLength(bytes: Uint8Array): number | undefined {
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) {
      // Inside a scan, data; outside, damage that is passed over.
      at = bytes.indexOf(0xff, at);
      if (at < 0) return undefined;
      continue;
    }
    const marker = bytes[at + 1]!;
    if (marker === END) return at + 2;
    if (marker === 0xff) at += 1;
    else if (isAlone(marker) || marker === 0)
      at += 2; // a zero: the byte before it is data of a scan
    else {
      if (at + 3 >= bytes.length) return undefined;
      at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    }
  }
  return undefined;
}
