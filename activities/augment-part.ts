// One part of the pool: a range of its places, each sample named by (seed, sample, variant), so that any worker makes the
// same bytes, side by side with others.

import { parseDatasetManifest, parseMembers, parseSplitsManifest } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import { createAugmenter } from '../ml/augment/augmenter.ts';
import { masterOf, type Master } from '../ml/augment/master.ts';
import { planPool } from '../ml/augment/pool-plan.ts';
import { addCount } from '../ml/dataset/counts.ts';
import { createLargeBuffer } from '../ml/dataset/large-buffer.ts';
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

/**
 * Places of the pool that are made at a time, 32 MiB of inputs: all that a part of the default pool has. For each further
 * range the masters are read once more.
 */
const RANGE = 4 * MAX_INPUTS;

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

  const augmenter = createAugmenter(parameters);
  const traits = members.sources.map((source) => traitsOf(sourceNames[source]!));
  const images = new Uint8Array(Math.min(RANGE, to - from) * INPUT_BYTES);
  const room = createLargeBuffer();
  const blobs: PartManifest['blobs'] = [];
  const counts: PartManifest['counts'] = {};
  let done = 0;
  for (let start = from; start < to; start += RANGE) {
    const end = Math.min(start + RANGE, to);
    await fillRange(start, end);
    for (let at = start; at < end; at += MAX_INPUTS) await writeInputs(at, Math.min(at + MAX_INPUTS, end), start);
  }

  /** Reads each blob of masters that the range draws from once. */
  async function fillRange(start: number, end: number): Promise<void> {
    const placesOf = placesByMaster(plan.masters.subarray(start, end), members.samples.length);
    let first = 0;
    for (const { ref, sampleCount } of splits.masters) {
      const wanted = Array.from({ length: sampleCount }, (_, i) => first + i).filter(
        (each) => placesOf(each).length > 0,
      );
      if (wanted.length > 0) {
        const masterAt = mastersOf(decodeMasters(await context.read(ref)), masterOf(parameters.preset).kind);
        for (const master of wanted) {
          const [source, sample] = [masterAt(master - first), members.samples[master]!];
          for (const place of placesOf(master)) {
            const variant = plan.variants[start + place]!;
            augmenter.augment(source, traits[master]!, sample, variant, images, place * INPUT_BYTES);
            if (++done % 512 === 0) context.progress({ done, total: to - from, unit: 'samples' });
          }
        }
        context.signal.throwIfAborted();
      }
      first += sampleCount;
    }
  }

  async function writeInputs(at: number, end: number, start: number): Promise<void> {
    const masters = plan.masters.subarray(at, end);
    const inputs = {
      count: masters.length,
      labels: Uint8Array.from(masters, (master) => members.labels[master]!),
      sampleIndices: Uint32Array.from(masters, (master) => members.samples[master]!),
      images: images.subarray((at - start) * INPUT_BYTES, (end - start) * INPUT_BYTES),
    };
    blobs.push({ ref: await context.write(encodeInputs(inputs, room)), sampleCount: inputs.count });
    room.giveBack();
    for (const master of masters) {
      addCount(counts, sourceNames[members.sources[master]!]!, dataset.classes[members.labels[master]!]!);
    }
  }

  const manifest: PartManifest = { kind: 'pool-part', blobs, counts };
  return { output: await context.write(Buffer.from(JSON.stringify(manifest))), summary: { samples: to - from } };
}

/**
 * Master → its places in a range, ascending, so that each blob of masters is read once.
 * @param masters [places]
 */
function placesByMaster(masters: Uint32Array, masterCount: number): (master: number) => Uint32Array {
  const starts = new Uint32Array(masterCount + 1);
  for (const master of masters) starts[master + 1]!++;
  for (let i = 0; i < masterCount; i++) starts[i + 1]! += starts[i]!;
  const places = new Uint32Array(masters.length);
  const next = starts.slice();
  masters.forEach((master, place) => (places[next[master]!++] = place));
  return (master) => places.subarray(starts[master], starts[master + 1]);
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
