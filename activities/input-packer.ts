// Collects the network inputs of one side of a split, made from the originals, into blobs.

import type { ArtifactRef } from '../artifacts/store.ts';
import { createLargeBuffer } from '../ml/dataset/large-buffer.ts';
import { encodeInputs, INPUT_BYTES } from '../ml/dataset/packed-inputs.ts';
import { imageOf, type Samples } from '../ml/dataset/samples.ts';
import { createNetworkInput, type Preprocessing } from '../ml/image/network-input.ts';

/** 8 MiB of images a blob: large enough to load fast, small enough to hold a few in memory. */
const INPUTS_A_BLOB = 8_192;

export interface InputPacker {
  /** @param index of the sample in the dataset */
  add(samples: Samples, i: number, index: number): Promise<void>;
  /** Writes what is left. Returns the refs of all blobs, in order. */
  finish(): Promise<ArtifactRef[]>;
}

export function createInputPacker(
  preprocessing: Preprocessing,
  write: (bytes: Uint8Array) => Promise<ArtifactRef>,
): InputPacker {
  const toInput = createNetworkInput(preprocessing);
  const refs: ArtifactRef[] = [];
  const labels = new Uint8Array(INPUTS_A_BLOB);
  const indices = new Uint32Array(INPUTS_A_BLOB);
  const images = new Uint8Array(INPUTS_A_BLOB * INPUT_BYTES);
  const room = createLargeBuffer();
  let count = 0;
  const flush = async (): Promise<void> => {
    if (count === 0) return;
    const inputs = {
      count,
      labels: labels.subarray(0, count),
      sampleIndices: indices.subarray(0, count),
      images: images.subarray(0, count * INPUT_BYTES),
    };
    count = 0;
    refs.push(await write(encodeInputs(inputs, room)));
    room.giveBack();
  };
  return {
    async add(samples, i, index) {
      const { pixels, width, height } = imageOf(samples, i);
      toInput(pixels, width, height, images, count * INPUT_BYTES);
      labels[count] = samples.labels[i]!;
      indices[count] = index;
      count++;
      if (count === INPUTS_A_BLOB) await flush();
    },
    async finish() {
      await flush();
      return refs;
    },
  };
}
