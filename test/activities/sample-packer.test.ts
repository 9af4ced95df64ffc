import { expect, it } from 'vitest';
import { createSamplePacker, type SamePixels } from '../../activities/sample-packer.ts';
import { decodeSamples } from '../../ml/dataset/packed-samples.ts';

const SIDE = 128;
const item = (i: number, id = i) => {
  const pixels = new Uint8Array(SIDE * SIDE).fill(id % 251);
  new DataView(pixels.buffer).setUint32(0, id);
  return { name: `${i}.png`, className: String(i % 2), source: 'a', image: { pixels, width: SIDE, height: SIDE } };
};

it('keeps a shard at half of its bound in one buffer for all, whose memory is given back in between', async () => {
  const buffers = new Set<ArrayBufferLike>();
  const sizes: number[] = [];
  const names: string[] = [];
  const packer = createSamplePacker({
    classes: ['0', '1'],
    sources: ['a'],
    onConflict: () => undefined,
    write: async (bytes) => {
      buffers.add(bytes.buffer);
      sizes.push(bytes.length);
      const shard = decodeSamples(new Uint8Array(bytes));
      for (let i = 0; i < shard.count; i++) names.push(shard.names.at(i));
      return { key: '', sha256: '', sizeBytes: bytes.length };
    },
  });
  const left: number[] = [];
  for (let i = 0; i < 1_100; i++) {
    await packer.add(item(i));
    if (sizes.length > left.length) left.push([...buffers][0]!.byteLength);
  }
  await packer.finish();
  expect(sizes.map((bytes) => bytes <= 16.1 * 2 ** 20)).toEqual([true, true]);
  expect(left).toEqual([0]);
  expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([0]);
  expect(names).toEqual(Array.from({ length: 1_100 }, (_, i) => `${i}.png`));
});

it('counts equal pixels of a class, and names those of two with the first that had them', async () => {
  const conflicts: SamePixels[] = [];
  const packer = createSamplePacker({
    classes: ['0', '1'],
    sources: ['a'],
    onConflict: (conflict) => conflicts.push(conflict),
    write: async ({ length }) => ({ key: '', sha256: '', sizeBytes: length }),
  });
  for (const [i, id] of [[0, 7], [1, 8], [2, 7], [3, 7], [4, 8]] as const) await packer.add(item(i, id)); // prettier-ignore
  expect((await packer.finish()).duplicates).toBe(1);
  expect(conflicts.map(({ name, other, otherClassName }) => [name, other, otherClassName])).toEqual([
    ['3.png', '0.png', '0'],
    ['4.png', '1.png', '1'],
  ]);
});
