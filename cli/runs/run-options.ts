// What a run is started with, as `train` and `schedule create` take it from the command line.

import type { Command } from 'commander';
import type { RunConfiguration, RunConfigurationInput } from '../../config/schema.ts';
import type { TrainPipelineInput } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import {
  datasetOptions,
  type DatasetOptions,
  type GivenDataset,
  givenDatasets,
  givenSource,
  ingestOf,
} from '../dataset/given-datasets.ts';
import { packGiven } from '../dataset/pack-given.ts';
import {
  engineMatch,
  type EngineMatchOption,
  engineOption,
  presetOption,
  readSettings,
  type SettingOptions,
  withEngineMatch,
} from '../settings.ts';
import { several } from '../verb.ts';

export interface RunOptions extends SettingOptions, EngineMatchOption, DatasetOptions {
  verify?: boolean;
}

export function runOptions(verb: Command): Command {
  return datasetOptions(verb)
    .option('--config <file>', 'run configuration as JSON; the other options win over it')
    .addOption(presetOption())
    .addOption(engineOption())
    .option('--set <key=value>', 'one value, e.g. train.trainSteps=500; may be repeated', several)
    .option('--engine-match <which>', 'any: also takes results that differ in nothing but the engine', engineMatch)
    .option('--verify', 'reads every byte of what is reused and checks its digest');
}

export interface GivenRun {
  /** With every default: what will run. */
  resolved: RunConfiguration;
  /** Brings local images into the store, and names them in the input. */
  pack: () => Promise<TrainPipelineInput>;
}

/**
 * Finds everything that can be wrong with the words, before anything is sent or started.
 * @throws WrongUse; InvalidInput with every problem of the configuration
 */
export async function readRun(context: CliContext, options: RunOptions): Promise<GivenRun> {
  const given = await givenDatasets(options, context.folder, () => context.store());
  const source = givenSource(given, ({ path }) => ({ kind: 'archive', path }));
  const { input, resolved } = readSettings({ ...options, source, ingest: ingestOf(given) }, context.folder);
  return {
    resolved,
    pack: async () => {
      const packed = await withPacked(context, given, input);
      return withEngineMatch(options.verify ? { ...packed, rerun: { verify: true } } : packed, options);
    },
  };
}

async function withPacked(
  context: CliContext,
  given: readonly GivenDataset[],
  input: RunConfigurationInput,
): Promise<RunConfigurationInput> {
  const source = await packGiven(context, given);
  return source === undefined ? input : { ...input, ingest: { ...input.ingest, source } };
}
