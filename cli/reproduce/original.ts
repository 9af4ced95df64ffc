// What a published version was made of, by the manifests it names: the same files, step by step, of the version and of
// what was computed anew.

import { getBlob } from '../../artifacts/blobs.ts';
import {
  type DatasetManifest,
  type ModelVersion,
  parseDatasetManifest,
  parsePoolManifest,
  parseSplitsManifest,
  parseTrainingManifest,
} from '../../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { evaluationOf } from '../models/origin.ts';

/** The steps whose bytes are compared, in their order. publish stands for the files of the model. */
export type ComparedStepName = 'ingest' | 'preprocess' | 'augment' | 'train' | 'evaluate' | 'publish';

export interface NamedFile {
  step: ComparedStepName;
  /** e.g. `shard 2`, `state vector`. */
  file: string;
  ref: ArtifactRef;
}

export interface Made {
  dataset: DatasetManifest;
  files: NamedFile[];
  /** Figures that stand in manifests, e.g. the threshold. */
  values: { step: ComparedStepName; name: string; value: unknown }[];
}

/**
 * Charts, pictures, reports and compressed files are left out: their bytes depend on libraries that no result rests on.
 * @throws CommandFailed for a version whose evaluation is not named; DamagedArtifact, InvalidRecord
 */
export async function readMade(store: Store, version: ModelVersion): Promise<Made> {
  const evaluation = await evaluationOf(store, version, "it can't be reproduced");
  const training = parseTrainingManifest(await getBlob(store, evaluation.training));
  const splits = parseSplitsManifest(await getBlob(store, evaluation.splits));
  const pool = parsePoolManifest(await getBlob(store, training.pool));
  const dataset = parseDatasetManifest(await getBlob(store, splits.dataset));
  const { train, validation, test } = splits.splits;
  const numbered = (step: ComparedStepName, name: string, refs: readonly ArtifactRef[]): NamedFile[] =>
    refs.map((ref, i) => ({ step, file: `${name} ${i}`, ref }));
  const one = (step: ComparedStepName, file: string, ref: ArtifactRef): NamedFile => ({ step, file, ref });
  return {
    dataset,
    files: [
      ...numbered('ingest', 'shard', dataset.shards),
      one('preprocess', 'members of train', train.members),
      one('preprocess', 'members of validation', validation.members),
      one('preprocess', 'members of test', test.members),
      ...numbered(
        'preprocess',
        'masters',
        splits.masters.map(({ ref }) => ref),
      ),
      ...numbered('preprocess', 'inputs of validation', validation.inputs),
      ...numbered('preprocess', 'inputs of test', test.inputs),
      ...numbered(
        'augment',
        'part of the pool',
        pool.parts.map(({ ref }) => ref),
      ),
      one('train', 'state vector', training.state),
      one('train', 'weights', training.weights),
      one('train', 'history', training.history),
      one('evaluate', 'metrics', evaluation.metrics),
      one('evaluate', 'probabilities', evaluation.probabilities),
      one('evaluate', 'calibrated weights', evaluation.calibratedWeights),
      ...version.files.map(({ path, ...ref }) => one('publish', path, ref)),
    ],
    values: [
      { step: 'ingest', name: 'pixelDigest', value: dataset.pixelDigest },
      { step: 'ingest', name: 'counts', value: dataset.counts },
      { step: 'augment', name: 'poolDigest', value: pool.poolDigest },
      { step: 'evaluate', name: 'temperature', value: evaluation.temperature },
      { step: 'evaluate', name: 'threshold', value: evaluation.threshold },
      { step: 'publish', name: 'digest', value: version.digest },
    ],
  };
}
