// One part of the pool: a range of its places, each sample named by (seed, sample, variant), so that any worker makes the
// same bytes, side by side with others.

import { setImmediate } from 'node:timers/promises';
import { concurrently } from '../artifacts/concurrently.ts';
import { letGo } from '../artifacts/let-go.ts';
import { parseDatasetManifest, parseMembers, parseSplitsManifest, type Members } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import { createAugmenter } from '../ml/augment/augmenter.ts';
import { masterOf } from '../ml/augment/master.ts';
import { planPool } from '../ml/augment/pool-plan.ts';
import { addCount } from '../ml/dataset/counts.ts';
import { createLargeBuffer } from '../ml/dataset/large-buffer.ts';
import { INPUT_BYTES, layOutInputs } from '../ml/dataset/packed-inputs.ts';
import { openMasterFiles } from './master-files.ts';
import { traitsOf } from './master-packer.ts';
import type { FileContext, StepOutput } from './step.ts';

export type AugmentPartParameters = Omit<RunConfiguration['augment'], 'parts'> & {
  preprocessing: RunConfiguration['preprocess']['preprocessing'];
  part: number;
  parts: number;
};

/** Packed inputs a blob: 8 MiB, made one at a time. */
const MAX_INPUTS = 8_192;

/** What the manifest of a part says; augment joins them. */
export interface PartManifest {
  kind: 'pool-part';
  blobs: { ref: ArtifactRef; sampleCount: number }[];
  /** Source → class → how many. */
  counts: Record<string, Record<string, number>>;
}

/** Samples made between two looks at what the worker has to say, e.g. that the step was cancelled. */
const SAMPLES_A_TURN = 512;

/** Safe to retry: a pure function of parameters and splits. Runs in a thread; holds one blob of inputs. */
export async function compute(
  context: FileContext,
  parameters: AugmentPartParameters,
  inputs: { splits: ArtifactRef },
): Promise<StepOutput> {
  const splits = parseSplitsManifest(await context.read(inputs.splits), inputs.splits.key);
  const dataset = parseDatasetManifest(await context.read(splits.dataset), splits.dataset.key);
  const members = await readMembers(context, splits.splits.train.members);
  const sourceNames = dataset.sources.map(({ name }) => name);
  const { poolSize, shares, seed, part, parts } = parameters;
  const plan = planPool({ members, sourceNames, shares, poolSize, seed });
  const from = Math.floor((poolSize * part) / parts);
  const to = Math.floor((poolSize * (part + 1)) / parts);

  const files = await concurrently(splits.masters, 2, ({ ref }) => context.readToFile(ref));
  const masters = openMasterFiles(files, masterOf(parameters.preset).kind);
  const augmenter = createAugmenter(parameters);
  const traits = sourceNames.map(traitsOf);
  const image = new Uint8Array(INPUT_BYTES);
  const room = createLargeBuffer();
  const blobs: PartManifest['blobs'] = [];
  const counts: PartManifest['counts'] = {};
  try {
    for (let start = from; start < to; start += MAX_INPUTS) {
      const blob = layOutInputs(Math.min(MAX_INPUTS, to - start), room);
      for (let i = 0; i < blob.count; i++) {
        const [master, variant] = [plan.masters[start + i]!, plan.variants[start + i]!];
        const [source, label, sampleIndex] = [
          members.sources[master]!,
          members.labels[master]!,
          members.samples[master]!,
        ];
        augmenter.augment(masters.at(master), traits[source]!, sampleIndex, variant, image, 0);
        blob.put(i, { label, sampleIndex, image });
        addCount(counts, sourceNames[source]!, dataset.classes[label]!);
        if (i % SAMPLES_A_TURN === 0) await turn(start + i - from);
      }
      blobs.push({ ref: await context.write(blob.bytes), sampleCount: blob.count });
      room.giveBack();
    }
  } finally {
    masters.close();
  }

  async function turn(done: number): Promise<void> {
    context.progress({ done, total: to - from, unit: 'samples' });
    await setImmediate();
    context.signal.throwIfAborted();
  }

  const manifest: PartManifest = { kind: 'pool-part', blobs, counts };
  return { output: await context.write(Buffer.from(JSON.stringify(manifest))), summary: { samples: to - from } };
}

async function readMembers(context: FileContext, ref: ArtifactRef): Promise<Members> {
  const bytes = await context.read(ref);
  const members = parseMembers(bytes, ref.key);
  letGo(bytes);
  return members;
}
