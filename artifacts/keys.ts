// Every object key in the system. Nobody else puts a key together.

import type { RunIdentity } from './manifests/common.ts';

const MODEL_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Thrown when a model's name could not stand in a key, a URL and a shell line without quotes. */
export class InvalidModelName extends Error {
  override readonly name = 'InvalidModelName';
  readonly retryable = false;
  constructor(got: string) {
    super(`model name: expected 1–63 of a–z, 0–9, ".", "_", "-", a letter or digit first, got ${JSON.stringify(got)}`);
  }
}

/** A name that others chose (a workflow id may hold slashes) as one segment of a key, reversibly. */
function segment(name: string): string {
  // A segment of dots alone would be taken for a path by proxies and stores.
  return encodeURIComponent(name).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length));
}

function modelFolder(name: string): string {
  if (!MODEL_NAME.test(name)) throw new InvalidModelName(name);
  return `models/${name}/`;
}

const runFolder = ({ workflowId, firstExecutionRunId }: RunIdentity): string =>
  `runs/${segment(workflowId)}/${segment(firstExecutionRunId)}/`;

export const keys = {
  blobs: 'blobs/sha256/',
  blob: (sha256: string) => `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`,

  steps: 'steps/',
  stepsOf: (step: string) => `steps/${segment(step)}/`,
  step: (step: string, stepKey: string) => `steps/${segment(step)}/${stepKey}.json`,
  leases: 'leases/',
  lease: (step: string, stepKey: string) => `leases/${segment(step)}/${stepKey}.json`,
  everyCheckpoint: 'checkpoints/',
  checkpoints: (stepKey: string) => `checkpoints/${stepKey}/`,
  checkpoint: (stepKey: string, name: string) => `checkpoints/${stepKey}/${segment(name)}`,

  runs: 'runs/',
  runsOf: (workflowId: string) => `runs/${segment(workflowId)}/`,
  run: (run: RunIdentity) => `${runFolder(run)}run.json`,
  runSteps: (run: RunIdentity) => `${runFolder(run)}steps/`,
  runStep: (run: RunIdentity, step: string) => `${runFolder(run)}steps/${segment(step)}.json`,
  outcome: (run: RunIdentity) => `${runFolder(run)}outcome.json`,
  parkings: (run: RunIdentity) => `${runFolder(run)}parkings/`,
  parking: (run: RunIdentity, parkingId: string) => `${runFolder(run)}parkings/${segment(parkingId)}.json`,

  models: 'models/',
  /** @throws InvalidModelName, as the next two do */
  versions: (model: string) => `${modelFolder(model)}versions/`,
  version: (model: string, version: number) => `${modelFolder(model)}versions/${version}.json`,
  aliases: (model: string) => `${modelFolder(model)}aliases.json`,

  /** Names that people gave to datasets; each keeps its dataset. */
  datasets: 'datasets/',
  dataset: (name: string) => `datasets/${segment(name)}.json`,

  schedules: 'schedules/',
  schedule: (id: string) => `schedules/${segment(id)}.json`,

  collections: 'collections/',
  collection: (id: string) => `collections/${segment(id)}.json`,

  sessions: 'sessions/',
  session: (id: string) => `sessions/${segment(id)}.json`,
  /** People's corrections. A serving worker may write here and under `sessions/`, nowhere else. */
  feedback: 'feedback/',
  corrections: 'feedback/corrections/',
  correction: (id: string) => `feedback/corrections/${segment(id)}.json`,
  deletedCorrections: 'feedback/deleted/',
  deletedCorrection: (id: string) => `feedback/deleted/${segment(id)}.json`,
  feedbackProbes: 'feedback/probes/',
  feedbackProbe: (nonce: string) => `feedback/probes/${segment(nonce)}`,
  probes: 'probes/',
  probe: (nonce: string) => `probes/${segment(nonce)}`,
} as const;

/** The run that a key under `runs/` belongs to; undefined for any other key. */
export function runOfKey(key: string): RunIdentity | undefined {
  const match = /^runs\/([^/]+)\/([^/]+)\//.exec(key);
  return match === null
    ? undefined
    : { workflowId: decodeURIComponent(match[1]!), firstExecutionRunId: decodeURIComponent(match[2]!) };
}

/** The id in a key of a correction or of its tombstone; undefined for any other key. */
export function correctionOfKey(key: string): string | undefined {
  const id = /^feedback\/(?:corrections|deleted)\/([^/]+)\.json$/.exec(key)?.[1];
  return id === undefined ? undefined : decodeURIComponent(id);
}
