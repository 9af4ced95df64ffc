import { describe, expect, it } from 'vitest';
import { createLargeBuffer } from '../../../ml/dataset/large-buffer.ts';
import {
  decodeInputs,
  INPUT_BYTES,
  layOutInputs,
  MalformedInputs,
  type PackedInputs,
} from '../../../ml/dataset/packed-inputs.ts';
import { createRandom } from '../../../ml/random.ts';
import { packInputs } from '../../support/packed-blobs.ts';

function someInputs(count: number): PackedInputs {
  const random = createRandom(7, count);
  return {
    count,
    labels: Uint8Array.from({ length: count }, () => random.integer(11)),
    sampleIndices: Uint32Array.from({ length: count }, () => random.uint32()),
    images: Uint8Array.from({ length: count * INPUT_BYTES }, () => random.integer(256)),
  };
}

describe('packed inputs', () => {
  for (const count of [0, 1, 3, 4, 5]) {
    it(`give back ${count} samples as they were packed`, () => {
      const inputs = someInputs(count);
      expect(decodeInputs(packInputs(inputs))).toEqual(inputs);
    });
  }

  it('are readable at any offset of a larger buffer', () => {
    const inputs = someInputs(3);
    const bytes = packInputs(inputs);
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 5);
    expect(decodeInputs(larger.subarray(5, 5 + bytes.length))).toEqual(inputs);
  });

  it('have the layout that was agreed on', () => {
    const bytes = packInputs({
      count: 1,
      labels: Uint8Array.of(9),
      sampleIndices: Uint32Array.of(0x01020304),
      images: new Uint8Array(INPUT_BYTES).fill(200),
    });
    expect([...bytes.subarray(0, 25)]).toEqual([
      0x44, 0x46, 0x49, 0x4e, 1, 0, 0, 0, 1, 0, 0, 0, 0, 4, 0, 0, 9, 0, 0, 0, 4, 3, 2, 1, 200,
    ]);
    expect(bytes.length).toBe(24 + INPUT_BYTES);
  });

  it('refuse other bytes, other versions and a cut end', () => {
    const bytes = packInputs(someInputs(2));
    const changed = (at: number, value: number): Uint8Array => {
      const copy = bytes.slice();
      copy[at] = value;
      return copy;
    };
    expect(() => decodeInputs(new Uint8Array(3))).toThrow(MalformedInputs);
    expect(() => decodeInputs(changed(0, 0))).toThrow(/expected 'DFIN'/);
    expect(() => decodeInputs(changed(4, 2))).toThrow(/expected version to be 1, got 2/);
    expect(() => decodeInputs(changed(12, 1))).toThrow(/bytes of an image to be 1024/);
    expect(() => decodeInputs(changed(8, 3))).toThrow(/for 3 inputs/);
    expect(() => decodeInputs(bytes.subarray(0, bytes.length - 1))).toThrow(MalformedInputs);
  });

  it('refuse a place and an image that do not fit', () => {
    const blob = layOutInputs(2, createLargeBuffer());
    const sample = { label: 1, sampleIndex: 2, image: new Uint8Array(INPUT_BYTES) };
    expect(() => blob.put(2, sample)).toThrow(/expected place in 0 … 1, got 2/);
    expect(() => blob.put(0, { ...sample, image: new Uint8Array(3) })).toThrow(RangeError);
  });
});
