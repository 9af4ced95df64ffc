// Packed inputs and masters of arrays that a test has whole.

import { createLargeBuffer } from '../../ml/dataset/large-buffer.ts';
import { INPUT_BYTES, layOutInputs, type PackedInputs } from '../../ml/dataset/packed-inputs.ts';
import { layOutMasters, SKELETON_BYTES } from '../../ml/dataset/packed-masters.ts';

export function packInputs({ count, labels, sampleIndices, images }: PackedInputs): Uint8Array {
  const blob = layOutInputs(count, createLargeBuffer());
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * INPUT_BYTES, (i + 1) * INPUT_BYTES);
    blob.put(i, { label: labels[i]!, sampleIndex: sampleIndices[i]!, image });
  }
  return Uint8Array.from(blob.bytes);
}

export interface Masters {
  count: number;
  pixelBytes: number;
  hasSkeleton: Uint8Array; // [count] 0 or 1
  pixels: Uint8Array; // [count, pixelBytes]
  skeletons: Uint8Array; // [sum(hasSkeleton), 512]
}

export function packMasters({ count, pixelBytes, hasSkeleton, pixels, skeletons }: Masters): Uint8Array {
  const blob = layOutMasters(count, pixelBytes, createLargeBuffer());
  let at = 0;
  hasSkeleton.forEach((has, i) => {
    const skeleton = has === 1 ? skeletons.subarray(at, (at += SKELETON_BYTES)) : undefined;
    blob.add({ pixels: pixels.subarray(i * pixelBytes, (i + 1) * pixelBytes), skeleton });
  });
  return Uint8Array.from(blob.bytes());
}
