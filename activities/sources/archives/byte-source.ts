// The bytes of an archive, wherever they lie: in a file, or in the store as parts in order.

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { ArtifactRef } from '../../../artifacts/store.ts';
import { DamagedArchive } from '../../errors.ts';

/** Large enough that a thousand small entries cost one read. */
const BLOCK_BYTES = 1024 * 1024;

export interface ByteSource {
  sizeBytes: number;
  /** Exactly these bytes; a view that holds until the next call. @throws DamagedArchive beyond the end */
  read(position: number, length: number): Promise<Uint8Array>;
  /** All bytes in order; each a view that holds until the next is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** A file. Must be closed. */
export async function fileBytes(path: string): Promise<ByteSource> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  const whole = new Uint8Array(Math.min(BLOCK_BYTES, size)); // one for all: what is let go waits for the collector
  return blockwise(size, BLOCK_BYTES, {
    block: async (index) => {
      const buffer = whole.subarray(0, size - index * BLOCK_BYTES);
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, index * BLOCK_BYTES + filled);
        if (bytesRead === 0)
          throw new DamagedArchive(`${path}: expected ${size} bytes, got fewer: it is being changed`);
        filled += bytesRead;
      }
      return buffer;
    },
    starts: Array.from({ length: Math.ceil(size / BLOCK_BYTES) }, (_, i) => i * BLOCK_BYTES),
    close: () => file.close(),
  });
}

/** Blobs in order, at most one of them in memory. */
export function partBytes(parts: readonly ArtifactRef[], read: (ref: ArtifactRef) => Promise<Uint8Array>): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const part of parts) {
    starts.push(size);
    size += part.sizeBytes;
  }
  return blockwise(size, 0, { block: (index) => read(parts[index]!), starts, close: () => Promise.resolve() });
}

interface Blocks {
  block: (index: number) => Promise<Uint8Array>;
  /** Where each block begins. */
  starts: number[];
  close: () => Promise<void>;
}

function blockwise(sizeBytes: number, blockBytes: number, { block, starts, close }: Blocks): ByteSource {
  let held: { index: number; bytes: Uint8Array } | undefined;
  const load = async (index: number): Promise<Uint8Array> => {
    if (held?.index === index) return held.bytes;
    held = undefined; // its buffer may be the next one's
    held = { index, bytes: await block(index) };
    return held.bytes;
  };
  const indexAt = (position: number): number => {
    if (blockBytes > 0) return Math.floor(position / blockBytes);
    let index = starts.length - 1;
    while (index > 0 && starts[index]! > position) index--;
    return index;
  };
  return {
    sizeBytes,
    async read(position, length) {
      if (position < 0 || length < 0 || position + length > sizeBytes) {
        throw new DamagedArchive(
          `archive: expected ${length} bytes at ${position}, got an end at ${sizeBytes}: it is cut short or damaged`,
        );
      }
      if (length === 0) return new Uint8Array(0);
      let index = indexAt(position);
      const first = await load(index);
      const from = position - starts[index]!;
      if (from + length <= first.length) return first.subarray(from, from + length);
      const bytes = new Uint8Array(length);
      let filled = 0;
      for (; filled < length; index++) {
        const next = await load(index);
        const piece = next.subarray(position + filled - starts[index]!).subarray(0, length - filled);
        bytes.set(piece, filled);
        filled += piece.length;
      }
      return bytes;
    },
    async *chunks() {
      for (let index = 0; index < starts.length; index++) yield await load(index);
    },
    close,
  };
}

/** SHA-256 of all bytes, in lower-case hex. */
export async function digestOf(source: ByteSource, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source.chunks()) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}
