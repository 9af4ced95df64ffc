// What stands behind a published version or a run: its evaluation, and what that was measured on and made from.

import { getBlob } from '../../artifacts/blobs.ts';
import { sha256 } from '../../artifacts/canonical.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  type DatasetManifest,
  type EvaluationManifest,
  type ModelVersion,
  parseDatasetManifest,
  parseEvaluationManifest,
  parseRunRecord,
  parseSplitsManifest,
  parseTrainingManifest,
  type RunIdentity,
  type RunRecord,
  type SplitsManifest,
  type TrainingManifest,
} from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import type { Metrics } from '../../ml/metrics.ts';
import { CommandFailed } from '../errors.ts';

export interface Origin {
  evaluation: EvaluationManifest;
  training: TrainingManifest;
  splits: SplitsManifest;
  dataset: DatasetManifest;
  /** On the test split, calibrated. */
  metrics: Metrics;
}

/** @throws DamagedArtifact, InvalidRecord, and the store's errors */
export async function readOrigin(store: Store, evaluation: EvaluationManifest): Promise<Origin> {
  const [training, splits, metrics] = await Promise.all(
    [evaluation.training, evaluation.splits, evaluation.metrics].map((ref) => getBlob(store, ref)),
  );
  const parsed = parseSplitsManifest(splits!, evaluation.splits.key);
  return {
    evaluation,
    training: parseTrainingManifest(training!, evaluation.training.key),
    splits: parsed,
    dataset: parseDatasetManifest(await getBlob(store, parsed.dataset), parsed.dataset.key),
    metrics: JSON.parse(new TextDecoder().decode(metrics)) as Metrics, // its digest stands in the evaluation
  };
}

/**
 * A version names its evaluation by digest alone.
 * @param consequence what follows where it is gone, for people
 * @throws CommandFailed, InvalidRecord
 */
export async function evaluationOf(
  store: Store,
  { name, version, code }: ModelVersion,
  consequence: string,
): Promise<EvaluationManifest> {
  const digest = code['evaluation'];
  const key = typeof digest === 'string' ? keys.blob(digest) : undefined;
  const found = key === undefined ? undefined : await store.get(key);
  if (found === undefined || sha256(found.bytes) !== digest)
    throw new CommandFailed(
      `${name} version ${version}: expected the evaluation that it names in the store, got ` +
        `${found === undefined ? 'nothing' : 'other bytes'}: ${consequence}`,
    );
  return parseEvaluationManifest(found.bytes, key);
}

/** What the run was asked for; undefined where its record is gone. @throws InvalidRecord */
export async function runRecordOf(store: Store, run: RunIdentity): Promise<RunRecord | undefined> {
  const found = await store.get(keys.run(run));
  return found === undefined ? undefined : parseRunRecord(found.bytes, found.key);
}
