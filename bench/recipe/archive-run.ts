// One training on the images of an archive alone, measured on its own test split.

import type { StepResult } from '../../activities/run-step.ts';
import { parseSplitsManifest, parseTrainingManifest } from '../../artifacts/manifests.ts';
import { resolveRunConfiguration } from '../../config/resolve.ts';
import type { LocalPipeline } from '../local-pipeline.ts';
import { answersOf, measureSide, sideOf } from './sides.ts';

export interface ArchiveRun {
  /** Of the test split: argmax over the classes. */
  accuracy: number;
  loss: number;
  /** Of the validation split, after the last step. */
  validationAccuracy: number;
  /** Samples of the train, validation and test splits. */
  samples: [train: number, validation: number, test: number];
  /** Augmentation and training together, from the first to the last, as one waits for them; no ingest, no preprocess. */
  seconds: number;
  augment: StepResult;
  train: StepResult;
  network: string;
  trainSteps: number;
  batchSize: number;
}

/**
 * @param archive path of the file, under one of the pipeline's data roots
 * @param input of a run; its source is replaced by the archive
 */
export async function runOnArchive(pipeline: LocalPipeline, archive: string, input: object): Promise<ArchiveRun> {
  const configuration = resolveRunConfiguration({ ...input, ingest: { source: { kind: 'archive', path: archive } } });
  const dataset = await pipeline.ingest(configuration.ingest);
  const splits = await pipeline.preprocess(configuration, dataset.output);
  const started = performance.now();
  const augment = await pipeline.augment(configuration, splits.output);
  const train = await pipeline.train(configuration.train, augment.output, splits.output);
  const seconds = (performance.now() - started) / 1000;

  const { classes, splits: sides } = parseSplitsManifest(await pipeline.read(splits.output));
  const training = parseTrainingManifest(await pipeline.read(train.output));
  const test = await sideOf(pipeline, sides.test);
  const logits = await answersOf(pipeline, train.output, test.files);
  const metrics = measureSide(test, { logits, classes, names: ['archive'], threshold: 0.5, temperature: 1 });
  const { network, trainSteps, batchSize } = training;
  return {
    accuracy: metrics.accuracy?.value ?? Number.NaN,
    loss: metrics.loss,
    validationAccuracy: training.validation.accuracy,
    samples: [sides.train.sampleCount, sides.validation.sampleCount, sides.test.sampleCount],
    seconds,
    augment,
    train,
    network,
    trainSteps,
    batchSize,
  };
}
