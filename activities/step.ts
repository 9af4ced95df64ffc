// What a step of the pipeline is: a compute function over refs. It knows nothing about Temporal, keys, leases or records.

import type { ArtifactRef } from '../artifacts/store.ts';

export const STEP_NAMES = ['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish'] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** How far a step is. `note` is a short text for people; `figures` are numbers worth a live line, e.g. loss, samplesPerSecond. */
export interface StepProgress {
  done: number;
  total: number;
  /** What is counted, in plural, e.g. `images`, `steps`. */
  unit: string;
  note?: string;
  figures?: Record<string, number>;
}

/** What a compute function may do to the world: read and write content-named bytes, and say how far it is. */
export interface StepContext {
  /** Aborted on cancellation, pause and shutdown; a long compute throws its reason soon after. */
  signal: AbortSignal;
  /** The verified bytes of a ref, the caller's to keep. @throws DamagedArtifact when they are gone or differ. */
  read: (ref: ArtifactRef) => Promise<Uint8Array>;
  /** Stores immutable bytes by content; safe to repeat. At most 64 MiB. */
  write: (bytes: Uint8Array) => Promise<ArtifactRef>;
  /** Cheap: may be called as often as there is news. */
  progress: (progress: StepProgress) => void;
  /** A warning for people; also kept in the step's record. */
  warn: (message: string) => void;
}

/** What a step gets besides that reads here and there in blobs, which together may be more than memory holds. */
export interface FileContext extends StepContext {
  /** A local file with the verified bytes of a ref. @throws DamagedArtifact; CacheFull */
  readToFile: (ref: ArtifactRef) => Promise<string>;
}

export interface StepOutput {
  /** The manifest that names all other blobs this step wrote. */
  output: ArtifactRef;
  /** Small JSON for people and records: counts, accuracy, … Under 2 KB. */
  summary: Record<string, unknown>;
  /** True when the work went on from a checkpoint of an earlier attempt. */
  resumed?: boolean;
  /** True when there was nothing to do; only of steps that are not reused by key (publish). */
  reused?: boolean;
  /** False keeps it from being recorded, so that no later run takes it: what it was made from was not whole. @default true */
  reusable?: boolean;
  /** Blobs that other steps wrote and the output names: they count as this step's, so that a hit checks them, too. */
  includes?: ArtifactRef[];
}

/** Deterministic: equal parameters and inputs give equal output bytes, on every attempt. */
export type Compute<Parameters, Inputs extends Record<string, ArtifactRef>> = (
  context: StepContext,
  parameters: Parameters,
  inputs: Inputs,
) => Promise<StepOutput>;
