import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readImages, readLabels } from '../../activities/measured-inputs.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';
import { INPUT_BYTES } from '../../ml/dataset/packed-inputs.ts';
import { someInputs } from '../ml/train/some-inputs.ts';
import { packInputs } from '../support/packed-blobs.ts';

/** Blobs of so many samples each, and a read that counts. */
function blobsOf(counts: readonly number[]) {
  const inputs = counts.map((count, i) => someInputs(count, i + 1));
  const refs = inputs.map((_, i): ArtifactRef => ({ key: `blob-${i}`, sha256: '', sizeBytes: 0 }));
  const calls: string[] = [];
  const read = ({ key }: ArtifactRef): Promise<Uint8Array> => {
    calls.push(key);
    return Promise.resolve(packInputs(inputs[Number(key.slice('blob-'.length))]!));
  };
  const labels = Buffer.concat(inputs.map((each) => each.labels));
  const images = Buffer.concat(inputs.map((each) => each.images));
  return { refs, context: { read }, calls, labels, images };
}

it('labels and images are those of all blobs put together, in the order that is asked for', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }).filter((counts) => counts.some((count) => count > 0)),
      fc.array(fc.nat(1_000), { maxLength: 6 }),
      async (counts, picks) => {
        const { refs, context, labels, images } = blobsOf(counts);
        expect(Buffer.compare(await readLabels(context, refs), labels)).toBe(0);
        const samples = picks.map((pick) => pick % labels.length);
        const expected = samples.map((sample) => images.subarray(sample * INPUT_BYTES, (sample + 1) * INPUT_BYTES));
        const got = await readImages(context, refs, samples);
        expect(Buffer.compare(Buffer.concat(got), Buffer.concat(expected))).toBe(0);
      },
    ),
    { numRuns: 25 },
  ));

it('what is kept of a blob does not hold the rest of it', async () => {
  const { refs, context } = blobsOf([3]);
  const [image] = await readImages(context, refs, [1]);
  expect(image!.buffer.byteLength).toBe(INPUT_BYTES);
});

it('no blob behind the last image is read, and a sample that is in none is refused', async () => {
  const { refs, context, calls } = blobsOf([2, 2, 2]);
  await readImages(context, refs, [3, 0]);
  expect(calls).toEqual(['blob-0', 'blob-1']);
  expect(await readImages(context, refs, [])).toEqual([]);
  await expect(readImages(context, refs, [6])).rejects.toThrow('sample: expected one of 6, got number 6');
});
