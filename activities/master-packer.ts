// Collects the masters of the train split into blobs, in the order of its members.

import type { ArtifactRef } from '../artifacts/store.ts';
import { createMasterMaker, masterOf, type MasterOptions, type SampleTraits } from '../ml/augment/master.ts';
import { createLargeBuffer } from '../ml/dataset/large-buffer.ts';
import { layOutMasters, type MastersBlob } from '../ml/dataset/packed-masters.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';

/** 8 MiB of 64×64 masters a blob: a part of the pool holds one at a time. */
const MASTERS_A_BLOB = 2_048;

export interface MasterPacker {
  /** Writes a blob when it is full. */
  add(image: GrayImage, traits: SampleTraits): Promise<void>;
  /** All blobs, in order, once all samples have come. */
  blobs: { ref: ArtifactRef; sampleCount: number }[];
}

/** The built-in sources are known; of other people's images nothing is assumed. */
export function traitsOf(sourceName: string): SampleTraits {
  if (sourceName === 'typefaces') return 'typeface';
  return sourceName === 'handwriting' ? 'handwriting' : 'other';
}

/** @param count of all samples that will come */
export function createMasterPacker(
  options: MasterOptions,
  count: number,
  write: (bytes: Uint8Array) => Promise<ArtifactRef>,
): MasterPacker {
  const makeMaster = createMasterMaker(options);
  const { pixelBytes } = masterOf(options.preset);
  const blobs: MasterPacker['blobs'] = [];
  const room = createLargeBuffer();
  let blob: MastersBlob | undefined;
  let done = 0;
  return {
    blobs,
    async add(image, traits) {
      blob ??= layOutMasters(Math.min(MASTERS_A_BLOB, count - done), pixelBytes, room);
      blob.add(makeMaster(image, traits));
      done++;
      if (blob.length < blob.count) return;
      blobs.push({ ref: await write(blob.bytes()), sampleCount: blob.count });
      room.giveBack();
      blob = undefined;
    },
  };
}
