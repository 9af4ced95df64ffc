import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSamples, MalformedShard, MAX_SHARD_BYTES } from '../../../ml/dataset/packed-samples.ts';
import { imageOf, SPLIT_HINTS } from '../../../ml/dataset/samples.ts';
import { createShardWriter } from '../../../ml/dataset/shard-writer.ts';
import { packed, sampleOf, samplesOf, someSamples } from './samples-of.ts';

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(at, value, true);
  return copy;
}

describe('a shard', () => {
  for (const count of [0, 1, 3, 100]) {
    it(`gives back ${count} samples as they were packed, at any offset of a larger buffer`, () => {
      const list = someSamples(count);
      const bytes = packed(list);
      const larger = new Uint8Array(bytes.length + 9);
      larger.set(bytes, 3);
      const samples = decodeSamples(larger.subarray(3, 3 + bytes.length));
      const given = Array.from({ length: samples.count }, (_, i) => ({
        name: samples.names.at(i),
        image: imageOf(samples, i),
        label: samples.labels[i],
        source: samples.sources[i],
        group: samples.groups[i],
        splitHint: SPLIT_HINTS[samples.splitHints[i]!],
        digest: samples.digests.subarray(16 * i, 16 * i + 16),
      }));
      expect(given).toEqual(list);
    });
  }

  it('has the layout that was agreed on', () => {
    const bytes = packed([
      sampleOf(7, {
        name: 'é',
        image: { pixels: Uint8Array.of(1, 2), width: 2, height: 1 },
        label: 9,
        source: 2,
        group: 0x01020304,
        splitHint: 'test',
      }),
    ]);
    expect([...bytes]).toEqual(
      [
        [0x44, 0x46, 0x53, 0x48, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0],
        [4, 3, 2, 1, 2, 1, 9, 2, 3],
        [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [2, 0, 0xc3, 0xa9, 1, 2],
      ].flat(),
    );
  });

  it('refuses other formats, other versions and every cut end', () => {
    const bytes = packed(someSamples(4));
    expect(() => decodeSamples(changed(bytes, 0, 1))).toThrow(/expected 'DFSH' at byte 0/);
    expect(() => decodeSamples(changed(bytes, 4, 2))).toThrow(/expected version 1, got 2/);
    for (let length = 0; length < bytes.length; length += 1 + (length >> 3)) {
      expect(() => decodeSamples(bytes.subarray(0, length))).toThrow(MalformedShard);
    }
  });

  it('refuses counts that lie', () => {
    const bytes = packed(someSamples(4));
    for (const count of [0, 3, 5, 0xffffffff]) {
      expect(() => decodeSamples(changed(bytes, 8, count))).toThrow(MalformedShard);
    }
    const view = new DataView(bytes.buffer);
    const [names, pixels] = [view.getUint32(12, true), view.getUint32(16, true)];
    const shifted = changed(changed(bytes, 12, names + 1), 16, pixels - 1);
    expect(() => decodeSamples(shifted)).toThrow(/expected names of \d+ bytes in all/);
  });

  it('throws nothing but MalformedShard for damaged bytes', () => {
    const bytes = packed(someSamples(6));
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
    const image = { pixels: new Uint8Array(128 * 128), width: 128, height: 128 };
    const list = Array.from({ length: MAX_SHARD_BYTES / 128 / 128 }, (_, i) => sampleOf(i, { image }));
    expect(() => packed(list)).toThrow(/expected at most 33554432 bytes/);
  });

  it('is the same for a writer that was used before, and leaves no memory behind', () => {
    const writer = createShardWriter();
    const list = someSamples(3);
    list.forEach((sample) => writer.add(sample));
    writer.take();
    expect(writer.sizeBytes).toBe(0);
    list.slice(1).forEach((sample) => writer.add(sample));
    const again = writer.take();
    expect([...again]).toEqual([...packed(list.slice(1))]);
    writer.giveBack();
    expect(again.length).toBe(0);
  });
});

describe('samples', () => {
  it('refuse images and numbers that do not fit their columns', () => {
    const image = { pixels: new Uint8Array(129), width: 129, height: 1 };
    expect(() => packed([sampleOf(1, { image })])).toThrow(/width of sample 1: expected an integer in 1 … 128/);
    expect(() => packed([sampleOf(1, { image: { ...image, width: 3 } })])).toThrow(/pixels of sample 1: expected 3/);
    expect(() => packed([sampleOf(1, { label: 256 })])).toThrow(RangeError);
    expect(() => imageOf(samplesOf(someSamples(2)), 2)).toThrow(/expected 0 … 1, got 2/);
  });
});
