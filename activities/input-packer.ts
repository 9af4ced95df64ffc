// Collects the network inputs of one side of a split, made from the originals, into blobs.

import type { ArtifactRef } from '../artifacts/store.ts';
import { createLargeBuffer } from '../ml/dataset/large-buffer.ts';
import { INPUT_BYTES, layOutInputs, type InputsBlob } from '../ml/dataset/packed-inputs.ts';
import { imageOf, type Samples } from '../ml/dataset/samples.ts';
import { createNetworkInput, type Preprocessing } from '../ml/image/network-input.ts';

/** 8 MiB of images a blob: large enough to load fast, small enough to hold a few in memory. */
const INPUTS_A_BLOB = 8_192;

export interface InputPacker {
  /** Writes a blob when it is full. @param index of the sample in the dataset */
  add(samples: Samples, i: number, index: number): Promise<void>;
  /** The refs of all blobs, in order, once all samples have come. */
  refs: ArtifactRef[];
}

/** @param count of all samples that will come */
export function createInputPacker(
  preprocessing: Preprocessing,
  count: number,
  write: (bytes: Uint8Array) => Promise<ArtifactRef>,
): InputPacker {
  const toInput = createNetworkInput(preprocessing);
  const image = new Uint8Array(INPUT_BYTES);
  const refs: ArtifactRef[] = [];
  const room = createLargeBuffer();
  let blob: InputsBlob | undefined;
  let done = 0;
  return {
    refs,
    async add(samples, i, index) {
      const { pixels, width, height } = imageOf(samples, i);
      toInput(pixels, width, height, image, 0);
      const place = done % INPUTS_A_BLOB;
      blob ??= layOutInputs(Math.min(INPUTS_A_BLOB, count - done), room);
      blob.put(place, { label: samples.labels[i]!, sampleIndex: index, image });
      done++;
      if (place + 1 < blob.count) return;
      refs.push(await write(blob.bytes));
      room.giveBack();
      blob = undefined;
    },
  };
}
