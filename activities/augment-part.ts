// One part of the pool: a range of its places, each sample named by (seed, sample, variant), so that any worker makes the
// same bytes, side by side with others.

import { parseDatasetManifest, parseMembers, parseSplitsManifest, type Members } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import { createAugmenter } from '../ml/augment/augmenter.ts';
import { masterOf, type Master } from '../ml/augment/master.ts';
import { planPool } from '../ml/augment/pool-plan.ts';
import { addCount } from '../ml/dataset/counts.ts';
import { sortIntoLists } from '../ml/dataset/flat-lists.ts';
import { createLargeBuffer } from '../ml/dataset/large-buffer.ts';
import { INPUT_BYTES, layOutInputs, type InputsBlob } from '../ml/dataset/packed-inputs.ts';
import { decodeMasters, SKELETON_BYTES, type PackedMasters } from '../ml/dataset/packed-masters.ts';
import { letGo } from './let-go.ts';
import { traitsOf } from './master-packer.ts';
import type { StepContext, StepOutput } from './step.ts';

export type AugmentPartParameters = Omit<RunConfiguration['augment'], 'parts'> & {
  preprocessing: RunConfiguration['preprocess']['preprocessing'];
  part: number;
  parts: number;
};

/** Packed inputs a blob: 8 MiB, so that the copies on its way to the store stay small. */
const MAX_INPUTS = 8_192;

/**
 * Blobs that are made at a time, 32 MiB of inputs: all that a part of the default pool has. For each further range of them
 * the masters are read once more.
 */
const BLOBS_A_RANGE = 4;

/** What the manifest of a part says; augment joins them. */
export interface PartManifest {
  kind: 'pool-part';
  blobs: { ref: ArtifactRef; sampleCount: number }[];
  /** Source → class → how many. */
  counts: Record<string, Record<string, number>>;
}

/** Safe to retry: a pure function of parameters and splits. Runs in a thread; holds one blob of masters and one range of inputs. */
export async function compute(
  context: StepContext,
  parameters: AugmentPartParameters,
  inputs: { splits: ArtifactRef },
): Promise<StepOutput> {
  const splits = parseSplitsManifest(await context.read(inputs.splits), inputs.splits.key);
  const dataset = parseDatasetManifest(await context.read(splits.dataset), splits.dataset.key);
  const members = await readMembers(splits.splits.train.members);
  const sourceNames = dataset.sources.map(({ name }) => name);
  const { poolSize, shares, seed, part, parts } = parameters;
  const plan = planPool({ members, sourceNames, shares, poolSize, seed });
  const from = Math.floor((poolSize * part) / parts);
  const to = Math.floor((poolSize * (part + 1)) / parts);

  const augmenter = createAugmenter(parameters);
  const traits = sourceNames.map(traitsOf);
  const rooms = Array.from({ length: BLOBS_A_RANGE }, () => createLargeBuffer());
  const image = new Uint8Array(INPUT_BYTES);
  const blobs: PartManifest['blobs'] = [];
  const counts: PartManifest['counts'] = {};
  let done = 0;
  for (let start = from; start < to; start += BLOBS_A_RANGE * MAX_INPUTS) {
    const range = rooms
      .map((room, i) => ({ room, count: Math.min(MAX_INPUTS, to - start - i * MAX_INPUTS) }))
      .filter(({ count }) => count > 0)
      .map(({ room, count }) => ({ room, blob: layOutInputs(count, room) }));
    await fill(
      range.map(({ blob }) => blob),
      start,
    );
    let at = start;
    for (const { room, blob } of range) {
      for (const master of plan.masters.subarray(at, (at += blob.count)))
        addCount(counts, sourceNames[members.sources[master]!]!, dataset.classes[members.labels[master]!]!);
      blobs.push({ ref: await context.write(blob.bytes), sampleCount: blob.count });
      room.giveBack();
    }
  }

  async function readMembers(ref: ArtifactRef): Promise<Members> {
    const bytes = await context.read(ref);
    const read = parseMembers(bytes, ref.key);
    letGo(bytes);
    return read;
  }

  /** Makes the places from `start` on. Reads each blob of masters that they draw from once. */
  async function fill(range: InputsBlob[], start: number): Promise<void> {
    const places = range.reduce((sum, { count }) => sum + count, 0);
    const placesOf = sortIntoLists(plan.masters.subarray(start, start + places), members.samples.length);
    let first = 0;
    for (const { ref, sampleCount } of splits.masters) {
      const wanted = Array.from({ length: sampleCount }, (_, i) => first + i).filter((i) => placesOf.sizeOf(i) > 0);
      if (wanted.length > 0) {
        const bytes = await context.read(ref);
        const masterAt = mastersOf(decodeMasters(bytes), masterOf(parameters.preset).kind);
        for (const master of wanted) {
          const source = members.sources[master]!;
          const [label, sampleIndex] = [members.labels[master]!, members.samples[master]!];
          const drawnFrom = masterAt(master - first);
          for (const place of placesOf.of(master)) {
            const variant = plan.variants[start + place]!;
            augmenter.augment(drawnFrom, traits[source]!, sampleIndex, variant, image, 0);
            range[Math.floor(place / MAX_INPUTS)]!.put(place % MAX_INPUTS, { label, sampleIndex, image });
            if (++done % 512 === 0) context.progress({ done, total: to - from, unit: 'samples' });
          }
        }
        letGo(bytes);
        context.signal.throwIfAborted();
      }
      first += sampleCount;
    }
  }

  const manifest: PartManifest = { kind: 'pool-part', blobs, counts };
  return { output: await context.write(Buffer.from(JSON.stringify(manifest))), summary: { samples: to - from } };
}

/** Access to packed masters by index; skeletons stand one after the other, only of those that have one. */
function mastersOf({ pixels, pixelBytes, hasSkeleton, skeletons }: PackedMasters, kind: Master['kind']) {
  const skeletonIndex = new Uint32Array(hasSkeleton.length);
  for (let i = 1; i < hasSkeleton.length; i++) skeletonIndex[i] = skeletonIndex[i - 1]! + hasSkeleton[i - 1]!;
  return (i: number): Master => {
    const own = pixels.subarray(i * pixelBytes, (i + 1) * pixelBytes);
    if (kind === 'input') return { kind, pixels: own };
    const at = skeletonIndex[i]! * SKELETON_BYTES;
    return {
      kind,
      pixels: own,
      ...(hasSkeleton[i] === 1 && { skeleton: skeletons.subarray(at, at + SKELETON_BYTES) }),
    };
  };
}
