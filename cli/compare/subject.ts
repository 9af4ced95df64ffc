// What is compared: a published version, or a run that got as far as its evaluation.

import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  type EvaluationManifest,
  type ModelVersion,
  parseEvaluationManifest,
  parseRunStepRecord,
  type RunIdentity,
  type RunRecord,
} from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { NotFound } from '../errors.ts';
import { findVersion, isVersionText } from '../models/find-version.ts';
import { evaluationOf, type Origin, readOrigin, runRecordOf } from '../models/origin.ts';
import { runName } from '../runs/run-name.ts';
import { findRun } from '../runs/runs.ts';
import { type KeyedStep, readKeyedSteps } from '../runs/why.ts';

export interface Subject {
  /** As people call it, e.g. `digits version 3`, `my-run@4f1c22ab`. */
  name: string;
  /** The run that made it. */
  run: RunIdentity;
  /** Undefined for a run. */
  version: ModelVersion | undefined;
  origin: Origin;
  /** Undefined where it was collected. */
  record: RunRecord | undefined;
  /** What each step's key was made of; steps whose records were collected have none. */
  steps: KeyedStep[];
}

/**
 * @param text a version number or an alias; else a run's name
 * @throws NoSuchVersion, NoSuchRun, NotFound, WrongUse, CommandFailed, DamagedArtifact, InvalidRecord
 */
export async function readSubject(store: Store, model: string, text: string): Promise<Subject> {
  const { name, run, version, evaluation } = isVersionText(text)
    ? await ofVersion(store, model, text)
    : await ofRun(store, text);
  const [origin, record, steps] = await Promise.all([
    readOrigin(store, evaluation),
    runRecordOf(store, run),
    readKeyedSteps(store, run),
  ]);
  return { name, run, version, origin, record, steps };
}

interface Named extends Pick<Subject, 'name' | 'run' | 'version'> {
  evaluation: EvaluationManifest;
}

async function ofVersion(store: Store, model: string, text: string): Promise<Named> {
  const version = await findVersion(store, model, text);
  const evaluation = await evaluationOf(store, version, "it can't be compared");
  return { name: `${version.name} version ${version.version}`, run: version.run, version, evaluation };
}

async function ofRun(store: Store, text: string): Promise<Named> {
  const { identity: run } = await findRun({ store, temporal: undefined }, text);
  const name = runName(run);
  const stored = await store.get(keys.runStep(run, 'evaluate'));
  if (stored === undefined)
    throw new NotFound(
      `${name} can't be compared: its evaluate step is not finished. See \`npx digitflow show ${name}\`.`,
    );
  const { output } = parseRunStepRecord(stored.bytes, stored.key);
  const evaluation = parseEvaluationManifest(await getBlob(store, output), output.key);
  return { name, run, version: undefined, evaluation };
}
