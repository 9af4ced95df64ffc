// Masters as they lie on disk: one is read when a sample is made from it, so memory does not grow with them, and each is
// fetched once however often the pool draws from it. Whether the bytes are the right ones was checked by whoever made the
// files.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Master } from '../ml/augment/master.ts';
import { HEADER_BYTES, layoutOfMasters, SKELETON_BYTES } from '../ml/dataset/packed-masters.ts';

/** Thrown when a file of masters is gone or has another length than they take. Another attempt gets it anew. */
export class MasterFileChanged extends Error {
  override readonly name = 'MasterFileChanged';
  readonly code = 'MasterFileChanged';
  readonly retryable = true;

  constructor(file: string, expected: string, got: string, options?: ErrorOptions) {
    super(`${file}: expected ${expected}, got ${got}; something removed or cut it after it was verified`, options);
  }
}

export interface MasterFiles {
  /** The master with this number, counted over all files: views that hold until the next call. @throws MasterFileChanged */
  at(master: number): Master;
  close(): void;
}

interface MasterFile {
  first: number;
  count: number;
  at(index: number): Master;
}

/**
 * Opens files of packed masters, in order; takes 5 bytes a master, and a file descriptor each. Open files can be read even
 * when another process has removed them from the cache meanwhile.
 * @throws MasterFileChanged; MalformedMasters
 */
export function openMasterFiles(names: readonly string[], kind: Master['kind']): MasterFiles {
  const descriptors: number[] = [];
  const files: MasterFile[] = [];
  const close = (): void => {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  };
  try {
    let first = 0;
    for (const name of names) {
      const descriptor = open(name);
      descriptors.push(descriptor);
      const file = readFile(name, descriptor, kind);
      files.push({ ...file, first });
      first += file.count;
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    at(master) {
      const file = files.findLast(({ first }) => first <= master);
      if (file === undefined || master >= file.first + file.count)
        throw new RangeError(
          `master: expected a number below ${(files.at(-1)?.first ?? 0) + (files.at(-1)?.count ?? 0)}, got ${master}`,
        );
      return file.at(master - file.first);
    },
    close,
  };
}

function open(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new MasterFileChanged(file, 'a file', 'none', { cause });
  }
}

function readFile(file: string, descriptor: number, kind: Master['kind']): Omit<MasterFile, 'first'> {
  const read = (into: Uint8Array, position: number): Uint8Array => {
    const got = readSync(descriptor, into, 0, into.length, position);
    if (got !== into.length)
      throw new MasterFileChanged(file, `${into.length} bytes from byte ${position} on`, `${got}`);
    return into;
  };
  const { count, pixelBytes, flagsStart, pixelsStart, skeletonsStart } = layoutOfMasters(
    read(new Uint8Array(HEADER_BYTES), 0),
  );
  const hasSkeleton = read(new Uint8Array(count), flagsStart);
  const skeletonsBefore = new Uint32Array(count + 1); // they stand one after the other, only of those that have one
  for (let i = 0; i < count; i++) skeletonsBefore[i + 1] = skeletonsBefore[i]! + hasSkeleton[i]!;
  const sizeBytes = skeletonsStart + skeletonsBefore[count]! * SKELETON_BYTES;
  const { size } = fstatSync(descriptor);
  if (size !== sizeBytes) throw new MasterFileChanged(file, `${sizeBytes} bytes for ${count} masters`, `${size}`);
  const [pixels, skeleton] = [new Uint8Array(pixelBytes), new Uint8Array(SKELETON_BYTES)];
  return {
    count,
    at(index) {
      read(pixels, pixelsStart + index * pixelBytes);
      if (kind === 'input' || hasSkeleton[index] === 0) return { kind, pixels };
      return { kind, pixels, skeleton: read(skeleton, skeletonsStart + skeletonsBefore[index]! * SKELETON_BYTES) };
    },
  };
}
