import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSamples,
  encodeSamples,
  MalformedShard,
  MAX_SHARD_BYTES,
  shardBytesOf,
} from '../../../ml/dataset/packed-samples.ts';
import { imageOf, toSamples } from '../../../ml/dataset/samples.ts';
import { createRandom } from '../../../ml/random.ts';
import { sampleOf, someSamples } from './samples-of.ts';

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(at, value, true);
  return copy;
}

describe('a shard', () => {
  for (const count of [0, 1, 3, 100]) {
    it(`gives back ${count} samples as they were packed, at any offset of a larger buffer`, () => {
      const samples = someSamples(count);
      const bytes = encodeSamples(samples);
      const larger = new Uint8Array(bytes.length + 9);
      larger.set(bytes, 3);
      expect(decodeSamples(larger.subarray(3, 3 + bytes.length))).toEqual(samples);
    });
  }

  it('has the layout that was agreed on', () => {
    const bytes = encodeSamples(
      toSamples([
        sampleOf(7, {
          name: 'é',
          image: { pixels: Uint8Array.of(1, 2), width: 2, height: 1 },
          label: 9,
          source: 2,
          group: 0x01020304,
          splitHint: 'test',
        }),
      ]),
    );
    expect([...bytes]).toEqual(
      [
        [0x44, 0x46, 0x53, 0x48, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0],
        [4, 3, 2, 1, 2, 1, 9, 2, 3],
        [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [2, 0, 0xc3, 0xa9, 1, 2],
      ].flat(),
    );
    expect(bytes.length).toBe(20 + shardBytesOf('é', 2));
  });

  it('refuses other formats, other versions and every cut end', () => {
    const bytes = encodeSamples(someSamples(4));
    expect(() => decodeSamples(changed(bytes, 0, 1))).toThrow(/expected 'DFSH' at byte 0/);
    expect(() => decodeSamples(changed(bytes, 4, 2))).toThrow(/expected version 1, got 2/);
    for (let length = 0; length < bytes.length; length += 1 + (length >> 3)) {
      expect(() => decodeSamples(bytes.subarray(0, length))).toThrow(MalformedShard);
    }
  });

  it('refuses counts that lie', () => {
    const bytes = encodeSamples(someSamples(4));
    for (const count of [0, 3, 5, 0xffffffff]) {
      expect(() => decodeSamples(changed(bytes, 8, count))).toThrow(MalformedShard);
    }
    const view = new DataView(bytes.buffer);
    const [names, pixels] = [view.getUint32(12, true), view.getUint32(16, true)];
    const shifted = changed(changed(bytes, 12, names + 1), 16, pixels - 1);
    expect(() => decodeSamples(shifted)).toThrow(/expected names of \d+ bytes in all/);
  });

  it('throws nothing but MalformedShard for damaged bytes', () => {
    const bytes = encodeSamples(someSamples(6));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const copy = bytes.slice();
        copy[at] = value;
        try {
          const samples = decodeSamples(copy);
          for (let i = 0; i < samples.count; i++) imageOf(samples, i);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedShard);
        }
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('refuses to grow beyond its bound', () => {
    const random = createRandom(1);
    const image = { pixels: new Uint8Array(128 * 128).fill(random.integer(255)), width: 128, height: 128 };
    const samples = toSamples(Array.from({ length: MAX_SHARD_BYTES / 128 / 128 }, (_, i) => sampleOf(i, { image })));
    expect(() => encodeSamples(samples)).toThrow(/expected at most 33554432 bytes/);
  });
});

describe('samples', () => {
  it('refuse images and numbers that do not fit their columns', () => {
    const image = { pixels: new Uint8Array(129), width: 129, height: 1 };
    expect(() => toSamples([sampleOf(1, { image })])).toThrow(/width of sample 1: expected an integer in 1 … 128/);
    expect(() => toSamples([sampleOf(1, { image: { ...image, width: 3 } })])).toThrow(/pixels of sample 1: expected 3/);
    expect(() => toSamples([sampleOf(1, { label: 256 })])).toThrow(RangeError);
    expect(() => imageOf(someSamples(2), 2)).toThrow(/expected 0 … 1, got 2/);
  });
});
