// Masters as they lie on disk: one is read when a sample is made from it, so memory does not grow with them, and each is
// fetched once however often the pool draws from it.

import { openCachedFiles, type CachedFile } from '../artifacts/cached-file.ts';
import type { Master } from '../ml/augment/master.ts';
import { lastAtMost } from '../ml/dataset/last-at-most.ts';
import { HEADER_BYTES, layoutOfMasters, SKELETON_BYTES } from '../ml/dataset/packed-masters.ts';

export interface MasterFiles {
  /**
   * The master with this number, counted over all files: views that hold until the next call.
   * @throws CachedFileChanged; RangeError for a number that none has
   */
  at(master: number): Master;
  close(): void;
}

/** Of one file. */
interface Masters {
  count: number;
  at(index: number): Master;
}

/**
 * Opens files of packed masters, in order; takes 5 bytes a master.
 * @throws CachedFileChanged; MalformedMasters
 */
export function openMasterFiles(names: readonly string[], kind: Master['kind']): MasterFiles {
  const opened = openCachedFiles(names, (file) => openMasters(file, kind));
  const starts: number[] = [];
  let count = 0;
  for (const masters of opened.contents) {
    starts.push(count);
    count += masters.count;
  }
  return {
    at(master) {
      if (!(master >= 0 && master < count))
        throw new RangeError(`master: expected a number below ${count}, got ${master}`);
      const file = lastAtMost(starts, master);
      return opened.contents[file]!.at(master - starts[file]!);
    },
    close: () => opened.close(),
  };
}

function openMasters(file: CachedFile, kind: Master['kind']): Masters {
  const read = (into: Uint8Array, position: number): Uint8Array => {
    file.read(into, 0, into.length, position);
    return into;
  };
  const layout = layoutOfMasters(read(new Uint8Array(HEADER_BYTES), 0));
  const { count, pixelBytes, flagsStart, pixelsStart, skeletonsStart } = layout;
  const hasSkeleton = read(new Uint8Array(count), flagsStart);
  const skeletonsBefore = new Uint32Array(count + 1); // they stand one after the other, only of those that have one
  for (let i = 0; i < count; i++) skeletonsBefore[i + 1] = skeletonsBefore[i]! + hasSkeleton[i]!;
  file.expectSize(skeletonsStart + skeletonsBefore[count]! * SKELETON_BYTES, `for ${count} masters`);
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
