// What a step's thread and its parent say to each other. What a thread writes is handed over, a copy of it unless
// it lies in a large buffer; what it reads is handed over.

import type { PinnedCorrection } from '../../artifacts/feedback-list.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';
import type { S3Sources } from '../sources/open-source.ts';
import type { StepOutput, StepProgress } from '../step.ts';

export interface ThreadTask {
  /** Which function of the module is called. */
  call: 'compute' | 'identify';
  /** Absolute path of the bundled step: a module that exports `compute`, and ingest's `identify`, too. */
  bundle: string;
  parameters: unknown;
  inputs: Record<string, ArtifactRef>;
  /** What this machine gives a step besides the store: folders, allowed roots. Never decides a result. */
  environment: StepEnvironment;
}

/** What a step may know of the machine it runs on. */
export interface StepEnvironment {
  /** A folder for downloads and verified blobs, shared by all processes of this user. */
  cacheFolder: string;
  /** Folders under which paths in a workflow's input must lie, after realpath. */
  dataRoots: string[];
  /** Packages and downloads, laid out from what an earlier ingest kept. @default they are fetched */
  keptSource?: string;
  /** Networks that addresses of a run configuration may lead to besides the public internet. */
  urlNetworks?: string[];
  /** Buckets that source `s3` may read, where they are, and with which keys. */
  s3Sources?: S3Sources;
  /** Absolute path of the bundled decode-thread.ts, for ingest alone. @default it decodes in its own thread */
  decodeThread?: string;
  /** Not of the machine: what the store held of people's corrections when ingest began, for source `feedback` alone. */
  corrections?: readonly PinnedCorrection[];
}

export type FromThread =
  | { kind: 'read'; id: number; ref: ArtifactRef }
  | { kind: 'readToFile'; id: number; ref: ArtifactRef }
  | { kind: 'write'; id: number; bytes: Uint8Array }
  | { kind: 'progress'; progress: StepProgress }
  | { kind: 'warn'; message: string }
  | { kind: 'done'; output: StepOutput | Record<string, unknown> }
  | { kind: 'failed'; error: ThreadError };

/** What was read, the file it was read to, what was written. */
export type Answer = Uint8Array | string | ArtifactRef;

export type ToThread =
  | { kind: 'answer'; id: number; value: Answer }
  | { kind: 'refused'; id: number; error: ThreadError }
  | { kind: 'abort' };

/** An error as it crosses the border of a thread: its class is lost, its name and code are not. */
export interface ThreadError {
  name: string;
  message: string;
  stack?: string;
  code?: string;
  retryable?: boolean;
  details?: unknown;
}

export function packError(error: unknown): ThreadError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const { code, retryable, details } = error as Partial<ThreadError>;
  return {
    name,
    message,
    ...(stack !== undefined && { stack }),
    ...(typeof code === 'string' && { code }),
    ...(typeof retryable === 'boolean' && { retryable }),
    ...(details !== undefined && { details: JSON.parse(JSON.stringify(details)) as unknown }),
  };
}

export function unpackError({ name, message, stack, ...rest }: ThreadError): Error {
  const error = Object.assign(new Error(message), rest);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
