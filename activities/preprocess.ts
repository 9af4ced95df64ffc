// From a dataset to what training and measuring need: three sides without leakage, network inputs of the validation and
// test splits made from the originals, masters of the train split to augment from.

import { letGo } from '../artifacts/let-go.ts';
import {
  encodeMembers,
  encodeSplitsManifest,
  parseDatasetManifest,
  type DatasetManifest,
  type Members,
} from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import { addCount, type SampleCounts } from '../ml/dataset/counts.ts';
import { sortIntoLists } from '../ml/dataset/flat-lists.ts';
import { decodeSamples } from '../ml/dataset/packed-samples.ts';
import { copyColumns, createColumns, imageOf, type SampleColumns, type Samples } from '../ml/dataset/samples.ts';
import { SIDES, splitSamples } from '../ml/dataset/splits.ts';
import { createTextList, type Texts } from '../ml/dataset/text-list.ts';
import { createInputPacker } from './input-packer.ts';
import { createMasterPacker, traitsOf } from './master-packer.ts';
import type { StepContext, StepOutput } from './step.ts';

export type PreprocessParameters = RunConfiguration['preprocess'] & {
  augmentPreset: RunConfiguration['augment']['preset'];
};

/**
 * Safe to retry: a pure function of parameters and dataset. Runs in a thread. Reads the shards for what the split needs, then
 * for each of its sides, so that one shard and one blob that is being made are in memory at a time.
 */
export async function compute(
  context: StepContext,
  parameters: PreprocessParameters,
  inputs: { dataset: ArtifactRef },
): Promise<StepOutput> {
  const dataset = parseDatasetManifest(await context.read(inputs.dataset), inputs.dataset.key);
  const { columns, names, firstOfShards } = await readColumns(context, dataset);
  const { split, seed, trainRatio, validationRatio, preprocessing, augmentPreset } = parameters;
  const rule = split === 'auto' ? (dataset.splitHints ? 'builtin' : 'grouped') : split;
  const { sides, leakage } = splitSamples(columns, { rule, seed, trainRatio, validationRatio });
  const bySide = sortIntoLists(sides, SIDES.length);
  const [train, validation, test] = SIDES.map((_, side) => bySide.of(side)) as [Uint32Array, Uint32Array, Uint32Array];

  const traits = dataset.sources.map(({ name }) => traitsOf(name));
  let done = 0;
  const masters = createMasterPacker({ preset: augmentPreset, preprocessing }, train.length, context.write);
  await visit(train, async (samples, i) => masters.add(imageOf(samples, i), traits[samples.sources[i]!]!));
  const inputsOf = async (side: Uint32Array): Promise<ArtifactRef[]> => {
    const packer = createInputPacker(preprocessing, side.length, context.write);
    await visit(side, (samples, i, index) => packer.add(samples, i, index));
    return packer.refs;
  };
  const validationInputs = await inputsOf(validation);
  const testInputs = await inputsOf(test);

  /** Shows each sample of a side, in order. */
  async function visit(
    side: Uint32Array,
    show: (samples: Samples, i: number, index: number) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    for (const [number, shard] of dataset.shards.entries()) {
      const first = firstOfShards[number]!;
      const end = firstOfShards[number + 1]!;
      if (next === side.length || side[next]! >= end) continue;
      const bytes = await context.read(shard);
      const samples = decodeSamples(bytes);
      for (; next < side.length && side[next]! < end; next++) {
        await show(samples, side[next]! - first, side[next]!);
        if (done++ % 256 === 0) context.progress({ done, total: columns.count, unit: 'samples' });
      }
      letGo(bytes);
      context.signal.throwIfAborted();
    }
  }

  const sideOf = async (samples: Uint32Array) => {
    const members = pick(columns, samples);
    return {
      sampleCount: samples.length,
      counts: countsOf(dataset, members),
      members: await context.write(encodeMembers(members, (place) => names.at(samples[place]!))),
    };
  };
  const manifest = encodeSplitsManifest({
    schemaVersion: 1,
    kind: 'splits',
    dataset: inputs.dataset,
    classes: dataset.classes,
    preprocessing,
    splits: {
      train: await sideOf(train),
      validation: { ...(await sideOf(validation)), inputs: validationInputs },
      test: { ...(await sideOf(test)), inputs: testInputs },
    },
    masters: masters.blobs,
    leakage: { ...leakage },
    warnings: [],
  });
  return {
    output: await context.write(manifest),
    summary: {
      split: rule,
      train: train.length,
      validation: validation.length,
      test: test.length,
      leaked: leakage.testPixelsInTrain,
    },
  };
}

interface Described {
  columns: SampleColumns;
  names: Texts;
  /** [shards + 1] the number of each one's first sample; the last is how many there are. */
  firstOfShards: number[];
}

/** All that is known of the samples besides their pixels. */
async function readColumns(context: StepContext, dataset: DatasetManifest): Promise<Described> {
  const columns = createColumns(dataset.sampleCount);
  const names = createTextList();
  const firstOfShards = [0];
  for (const shard of dataset.shards) {
    const bytes = await context.read(shard);
    const samples = decodeSamples(bytes);
    copyColumns(samples, columns, names.count);
    for (let i = 0; i < samples.count; i++) names.push(samples.names.at(i));
    firstOfShards.push(names.count);
    letGo(bytes);
  }
  return { columns, names, firstOfShards };
}

function pick({ sources, labels, groups }: SampleColumns, samples: Uint32Array): Members {
  return {
    samples,
    sources: Uint8Array.from(samples, (sample) => sources[sample]!),
    labels: Uint8Array.from(samples, (sample) => labels[sample]!),
    groups: Uint32Array.from(samples, (sample) => groups[sample]!),
  };
}

function countsOf({ sources, classes }: DatasetManifest, members: Members): SampleCounts {
  const counts: SampleCounts = {};
  members.labels.forEach((label, i) => {
    addCount(counts, sources[members.sources[i]!]!.name, classes[label]!);
  });
  return counts;
}
