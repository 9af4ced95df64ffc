import { describe, expect, it } from 'vitest';
import { createLargeBuffer } from '../../../ml/dataset/large-buffer.ts';
import { decodeMasters, layOutMasters, MalformedMasters, SKELETON_BYTES } from '../../../ml/dataset/packed-masters.ts';
import { createRandom } from '../../../ml/random.ts';
import { packMasters } from '../../support/packed-blobs.ts';

function someMasters(count: number, pixelBytes: number) {
  const random = createRandom(5, count);
  const bytes = (length: number) => Uint8Array.from({ length }, () => random.integer(256));
  const hasSkeleton = Uint8Array.from({ length: count }, () => random.integer(2));
  const skeletons = bytes(hasSkeleton.reduce((sum, has) => sum + has, 0) * SKELETON_BYTES);
  return { count, pixelBytes, hasSkeleton, pixels: bytes(count * pixelBytes), skeletons };
}

describe('packed masters', () => {
  it.each([0, 1, 2, 7])('come back as they went in: %i masters', (count) => {
    const masters = someMasters(count, count % 2 === 0 ? 4096 : 1024);
    expect(decodeMasters(packMasters(masters))).toEqual(masters);
  });

  it('can be read from the middle of a larger buffer', () => {
    const masters = someMasters(3, 1024);
    const packed = packMasters(masters);
    const larger = new Uint8Array(packed.length + 3);
    larger.set(packed, 3);
    expect(decodeMasters(larger.subarray(3))).toEqual(masters);
  });

  it('are refused when truncated, extended, or of another kind', () => {
    const packed = packMasters(someMasters(4, 1024));
    for (const length of [0, 15, 16, 40, packed.length - 1])
      expect(() => decodeMasters(packed.subarray(0, length))).toThrow(MalformedMasters);
    expect(() => decodeMasters(Uint8Array.from([...packed, 0]))).toThrow(/expected \d+ bytes, got/);
    const other = packed.slice();
    other[0] = 0;
    expect(() => decodeMasters(other)).toThrow(/expected 'DFMA' version 1/);
  });

  it('are refused when one is missing, too many or too short', () => {
    const blob = layOutMasters(2, 1024, createLargeBuffer());
    blob.add({ pixels: new Uint8Array(1024) });
    expect(() => blob.bytes()).toThrow(/expected 2 /);
    expect(() => blob.add({ pixels: new Uint8Array(1023) })).toThrow(RangeError);
    blob.add({ pixels: new Uint8Array(1024) });
    expect(() => blob.add({ pixels: new Uint8Array(1024) })).toThrow(/expected 2 of them, got one more/);
  });
});
