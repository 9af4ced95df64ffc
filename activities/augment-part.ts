// One part of the pool: a range of its places, each sample named by (seed, sample, variant), so that any worker makes the
// same bytes, side by side with others.

import { parseDatasetManifest, parseMembers, parseSplitsManifest } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import { createAugmenter, type Augmenter } from '../ml/augment/augmenter.ts';
import { masterOf, type Master } from '../ml/augment/master.ts';
import { planPool, type PoolPlan } from '../ml/augment/pool-plan.ts';
import { addCount } from '../ml/dataset/counts.ts';
import { encodeInputs, INPUT_BYTES } from '../ml/dataset/packed-inputs.ts';
import { decodeMasters, SKELETON_BYTES, type PackedMasters } from '../ml/dataset/packed-masters.ts';
import { traitsOf } from './master-packer.ts';
import type { StepContext, StepOutput } from './step.ts';

export type AugmentPartParameters = Omit<RunConfiguration['augment'], 'parts'> & {
  preprocessing: RunConfiguration['preprocess']['preprocessing'];
  part: number;
  parts: number;
};

/** Packed inputs a blob: 8 MiB, so that the copies on its way to the store stay small. */
const MAX_INPUTS = 8_192;

/** What the manifest of a part says; augment joins them. */
export interface PartManifest {
  kind: 'pool-part';
  blobs: { ref: ArtifactRef; sampleCount: number }[];
  /** Source → class → how many. */
  counts: Record<string, Record<string, number>>;
}

/** Safe to retry: a pure function of parameters and splits. Runs in a thread; holds one blob of masters at a time. */
export async function compute(
  context: StepContext,
  parameters: AugmentPartParameters,
  inputs: { splits: ArtifactRef },
): Promise<StepOutput> {
  const splits = parseSplitsManifest(await context.read(inputs.splits), inputs.splits.key);
  const dataset = parseDatasetManifest(await context.read(splits.dataset), splits.dataset.key);
  const members = parseMembers(await context.read(splits.splits.train.members), splits.splits.train.members.key);
  const sourceNames = dataset.sources.map(({ name }) => name);
  const { poolSize, shares, seed, part, parts } = parameters;
  const plan = planPool({
    members: { sources: Uint8Array.from(members.sources), groups: Uint32Array.from(members.groups) },
    sourceNames,
    shares,
    poolSize,
    seed,
  });
  const from = Math.floor((poolSize * part) / parts);
  const to = Math.floor((poolSize * (part + 1)) / parts);

  const images = new Uint8Array((to - from) * INPUT_BYTES);
  const augmenter = createAugmenter(parameters);
  const traits = members.sources.map((source) => traitsOf(sourceNames[source]!));
  const placesOf = placesByMaster(plan, from, to);
  let first = 0;
  let done = 0;
  for (const { ref, sampleCount } of splits.masters) {
    const wanted = Array.from({ length: sampleCount }, (_, i) => first + i).filter((master) => placesOf.has(master));
    if (wanted.length > 0) {
      const packed = decodeMasters(await context.read(ref));
      const masterAt = mastersOf(packed, masterOf(parameters.preset).kind);
      for (const master of wanted) {
        const source = masterAt(master - first);
        for (const place of placesOf.get(master)!) {
          augmentOne(
            augmenter,
            { source, traits: traits[master]!, sample: members.samples[master]! },
            plan,
            place,
            images,
            from,
          );
          if (++done % 512 === 0) context.progress({ done, total: to - from, unit: 'samples' });
        }
      }
      context.signal.throwIfAborted();
    }
    first += sampleCount;
  }

  const blobs: PartManifest['blobs'] = [];
  const counts: PartManifest['counts'] = {};
  for (let start = from; start < to; start += MAX_INPUTS) {
    const places = Array.from({ length: Math.min(MAX_INPUTS, to - start) }, (_, i) => plan.masters[start + i]!);
    const packed = encodeInputs({
      count: places.length,
      labels: Uint8Array.from(places, (master) => members.labels[master]!),
      sampleIndices: Uint32Array.from(places, (master) => members.samples[master]!),
      images: images.subarray((start - from) * INPUT_BYTES, (start - from + places.length) * INPUT_BYTES),
    });
    blobs.push({ ref: await context.write(packed), sampleCount: places.length });
    for (const master of places) {
      addCount(counts, sourceNames[members.sources[master]!]!, dataset.classes[members.labels[master]!]!);
    }
  }
  const manifest: PartManifest = { kind: 'pool-part', blobs, counts };
  return { output: await context.write(Buffer.from(JSON.stringify(manifest))), summary: { samples: to - from } };
}

/** Master → its places in the range, so that each blob of masters is read once. */
function placesByMaster(plan: PoolPlan, from: number, to: number): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (let place = from; place < to; place++) {
    const master = plan.masters[place]!;
    const known = places.get(master);
    if (known === undefined) places.set(master, [place]);
    else known.push(place);
  }
  return places;
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

function augmentOne(
  augmenter: Augmenter,
  drawn: { source: Master; traits: ReturnType<typeof traitsOf>; sample: number },
  plan: PoolPlan,
  place: number,
  images: Uint8Array,
  from: number,
): void {
  const { source, traits, sample } = drawn;
  augmenter.augment(source, traits, sample, plan.variants[place]!, images, (place - from) * INPUT_BYTES);
}
