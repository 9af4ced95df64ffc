// Collects the masters of the train split into blobs, in the order of its members.

import type { ArtifactRef } from '../artifacts/store.ts';
import { createMasterMaker, masterOf, type MasterOptions, type SampleTraits } from '../ml/augment/master.ts';
import { createByteList } from '../ml/dataset/byte-list.ts';
import { createLargeBuffer } from '../ml/dataset/large-buffer.ts';
import { encodeMasters } from '../ml/dataset/packed-masters.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';

/** 8 MiB of 64×64 masters a blob: a part of the pool holds one at a time. */
const MASTERS_A_BLOB = 2_048;

export interface MasterBlob {
  ref: ArtifactRef;
  sampleCount: number;
}

export interface MasterPacker {
  add(image: GrayImage, traits: SampleTraits): Promise<void>;
  /** Writes what is left. Returns all blobs, in order. */
  finish(): Promise<MasterBlob[]>;
}

/** The built-in sources are known; of other people's images nothing is assumed. */
export function traitsOf(sourceName: string): SampleTraits {
  if (sourceName === 'typefaces') return 'typeface';
  return sourceName === 'handwriting' ? 'handwriting' : 'other';
}

export function createMasterPacker(
  options: MasterOptions,
  write: (bytes: Uint8Array) => Promise<ArtifactRef>,
): MasterPacker {
  const makeMaster = createMasterMaker(options);
  const { pixelBytes } = masterOf(options.preset);
  const blobs: MasterBlob[] = [];
  const pixels = new Uint8Array(MASTERS_A_BLOB * pixelBytes);
  const hasSkeleton = new Uint8Array(MASTERS_A_BLOB);
  const skeletons = createByteList(); // 512 bytes each
  const room = createLargeBuffer();
  let count = 0;
  const flush = async (): Promise<void> => {
    if (count === 0) return;
    const packed = {
      count,
      pixelBytes,
      hasSkeleton: hasSkeleton.subarray(0, count),
      pixels: pixels.subarray(0, count * pixelBytes),
      skeletons: skeletons.bytes(),
    };
    const ref = await write(encodeMasters(packed, room));
    room.giveBack();
    blobs.push({ ref, sampleCount: count });
    count = 0;
    skeletons.clear();
  };
  return {
    async add(image, traits) {
      const master = makeMaster(image, traits);
      const skeleton = master.kind === 'canvas' ? master.skeleton : undefined;
      pixels.set(master.pixels, count * pixelBytes);
      hasSkeleton[count] = skeleton === undefined ? 0 : 1;
      if (skeleton !== undefined) skeletons.push(skeleton);
      count++;
      if (count === MASTERS_A_BLOB) await flush();
    },
    async finish() {
      await flush();
      return blobs;
    },
  };
}
