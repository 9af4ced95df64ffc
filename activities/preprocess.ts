// From a dataset to what training and measuring need: three sides without leakage, network inputs of the validation and
// test splits made from the originals, masters of the train split to augment from.

import {
  encodeMembers,
  encodeSplitsManifest,
  parseDatasetManifest,
  type DatasetManifest,
} from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import { addCount } from '../ml/dataset/counts.ts';
import { decodeSamples } from '../ml/dataset/packed-samples.ts';
import { imageOf, joinColumns, type SampleColumns, type Samples } from '../ml/dataset/samples.ts';
import { SIDES, splitSamples, type Side } from '../ml/dataset/splits.ts';
import { createInputPacker } from './input-packer.ts';
import { createMasterPacker, traitsOf } from './master-packer.ts';
import type { StepContext, StepOutput } from './step.ts';

export type PreprocessParameters = RunConfiguration['preprocess'] & {
  augmentPreset: RunConfiguration['augment']['preset'];
};

/** Safe to retry: a pure function of parameters and dataset. Runs in a thread; two passes, one shard in memory at a time. */
export async function compute(
  context: StepContext,
  parameters: PreprocessParameters,
  inputs: { dataset: ArtifactRef },
): Promise<StepOutput> {
  const dataset = parseDatasetManifest(await context.read(inputs.dataset), inputs.dataset.key);
  const columns = await readColumns(context, dataset);
  const { split, seed, trainRatio, validationRatio, preprocessing, augmentPreset } = parameters;
  const rule = split === 'auto' ? (dataset.splitHints ? 'builtin' : 'grouped') : split;
  const { sides, leakage } = splitSamples(columns, { rule, seed, trainRatio, validationRatio });

  const masters = createMasterPacker({ preset: augmentPreset, preprocessing }, context.write);
  const measured = {
    validation: createInputPacker(preprocessing, context.write),
    test: createInputPacker(preprocessing, context.write),
  };
  const members = { train: emptyMembers(), validation: emptyMembers(), test: emptyMembers() };
  const traits = dataset.sources.map(({ name }) => traitsOf(name));
  let index = 0;
  for (const shard of dataset.shards) {
    const samples = decodeSamples(await context.read(shard));
    for (let i = 0; i < samples.count; i++, index++) {
      const side = SIDES[sides[index]!]!;
      addMember(members[side], samples, i, index);
      if (side === 'train') await masters.add(imageOf(samples, i), traits[samples.sources[i]!]!);
      else await measured[side].add(samples, i, index);
      if (index % 256 === 0) context.progress({ done: index, total: columns.count, unit: 'samples' });
    }
    context.signal.throwIfAborted();
  }

  const side = async (name: Side) => ({
    sampleCount: members[name].samples.length,
    counts: countsOf(dataset, members[name]),
    members: await context.write(encodeMembers({ schemaVersion: 1, kind: 'members', ...members[name] })),
  });
  const manifest = encodeSplitsManifest({
    schemaVersion: 1,
    kind: 'splits',
    dataset: inputs.dataset,
    classes: dataset.classes,
    preprocessing,
    splits: {
      train: await side('train'),
      validation: { ...(await side('validation')), inputs: await measured.validation.finish() },
      test: { ...(await side('test')), inputs: await measured.test.finish() },
    },
    masters: await masters.finish(),
    leakage: { ...leakage },
    warnings: [],
  });
  return {
    output: await context.write(manifest),
    summary: {
      split: rule,
      train: members.train.samples.length,
      validation: members.validation.samples.length,
      test: members.test.samples.length,
      leaked: leakage.testPixelsInTrain,
    },
  };
}

async function readColumns(context: StepContext, dataset: DatasetManifest): Promise<SampleColumns> {
  const shards: SampleColumns[] = [];
  for (const shard of dataset.shards) shards.push(joinColumns([decodeSamples(await context.read(shard))]));
  return joinColumns(shards);
}

interface Members {
  samples: number[];
  sources: number[];
  labels: number[];
  groups: number[];
  names: string[];
}

const emptyMembers = (): Members => ({ samples: [], sources: [], labels: [], groups: [], names: [] });

function addMember(members: Members, samples: Samples, i: number, index: number): void {
  members.samples.push(index);
  members.sources.push(samples.sources[i]!);
  members.labels.push(samples.labels[i]!);
  members.groups.push(samples.groups[i]!);
  members.names.push(samples.names[i]!);
}

function countsOf({ sources, classes }: DatasetManifest, members: Members): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  members.labels.forEach((label, i) => {
    addCount(counts, sources[members.sources[i]!]!.name, classes[label]!);
  });
  return counts;
}
