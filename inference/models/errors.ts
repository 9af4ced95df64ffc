// Why a version is not served. Reasons are few and fixed: metrics count by them.

import { DamagedArtifact } from '../../artifacts/blobs.ts';
import { BucketMissing, StoreAccessDenied, StoreFull, StoreRefused, StoreUnavailable } from '../../artifacts/errors.ts';
import { InvalidRecord, type ModelVersion } from '../../artifacts/manifests.ts';
import { VersionMissing } from '../../artifacts/registry.ts';
import { MalformedGolden } from '../../ml/export/golden.ts';
import { ReaderThreadLost } from '../pool/errors.ts';
import { RuntimeFailure } from '../runtimes/runtime.ts';
import { GoldenMismatch } from './golden-check.ts';

/**
 * `store`: it gave no answer · `record`: no such version, or its record can't be read · `withdrawn` · `digest`: the record
 * doesn't fit its own digest · `signature`: nobody trusted vouches for it · `damaged`: bytes are not those of their digest ·
 * `not-allowed`: an operator or layer outside the allow-lists · `runtime`: it can't be loaded · `golden`: it computes
 * something else here.
 */
export type LoadFailureReason =
  | 'store'
  | 'record'
  | 'withdrawn'
  | 'digest'
  | 'signature'
  | 'damaged'
  | 'not-allowed'
  | 'runtime'
  | 'golden'
  | 'other';

/** Thrown when a version's record does not fit itself: another digest, a missing file, a signature nobody trusts. */
export class UntrustedModel extends Error {
  override readonly name = 'UntrustedModel';
  readonly retryable = false;
  readonly reason: LoadFailureReason;
  constructor(
    version: Pick<ModelVersion, 'name' | 'version'>,
    problem: string,
    { reason, cause }: { reason: LoadFailureReason; cause?: unknown },
  ) {
    super(`${version.name} version ${version.version}: ${problem}`, { cause });
    this.reason = reason;
  }
}

/** Thrown when a model's file holds something that is not on the allow-list. */
export class ForbiddenModel extends Error {
  override readonly name = 'ForbiddenModel';
  readonly retryable = false;
}

type ErrorClass = abstract new (...all: never[]) => Error;
const reasons: [LoadFailureReason, ErrorClass[]][] = [
  ['store', [StoreUnavailable, StoreAccessDenied, StoreRefused, StoreFull, BucketMissing]],
  ['record', [InvalidRecord, VersionMissing]],
  ['damaged', [DamagedArtifact]],
  ['not-allowed', [ForbiddenModel]],
  ['runtime', [RuntimeFailure, ReaderThreadLost]],
  ['golden', [GoldenMismatch, MalformedGolden]],
];

export function failureReason(error: unknown): LoadFailureReason {
  if (error instanceof UntrustedModel) return error.reason;
  return reasons.find(([, classes]) => classes.some((one) => error instanceof one))?.[0] ?? 'other';
}
