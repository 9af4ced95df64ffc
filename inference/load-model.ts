// From a version's record to a model in memory: every byte checked against its digest, the digests against the signature.

import { getBlob } from '../artifacts/blobs.ts';
import { modelDigest, type ModelVersion } from '../artifacts/manifests.ts';
import { modelStatement, verifyStatement } from '../artifacts/signature.ts';
import type { Store } from '../artifacts/store.ts';
import { decodeGolden, type GoldenInputs } from '../ml/export/golden.ts';

export interface LoadedModel {
  identity: { name: string; version: number; digest: string };
  classes: string[];
  preprocessing: ModelVersion['preprocessing'];
  /** The least probability of the best digit that counts as a decision, 0–1. */
  threshold: number;
  /** Bytes of the ONNX file. */
  onnx: Uint8Array;
  golden: GoldenInputs;
}

/** Thrown when a version's record does not fit itself: another digest, a missing file, a signature nobody trusts. */
export class UntrustedModel extends Error {
  override readonly name = 'UntrustedModel';
  readonly retryable = false;
  constructor(version: Pick<ModelVersion, 'name' | 'version'>, problem: string, options?: ErrorOptions) {
    super(`${version.name} version ${version.version}: ${problem}`, options);
  }
}

export interface LoadModelOptions {
  store: Store;
  version: ModelVersion;
  /** Public keys as SPKI in DER, base64. Without them any key will do, and only damage is found. */
  trustedKeys?: string[] | undefined;
}

/**
 * Reads what serving needs of a version. Safe to retry.
 * @throws UntrustedModel, DamagedArtifact, MalformedGolden, and the store's errors
 */
export async function loadModel({ store, version, trustedKeys }: LoadModelOptions): Promise<LoadedModel> {
  if (version.deletedAt !== undefined) throw new UntrustedModel(version, `was withdrawn at ${version.deletedAt}`);
  const digest = modelDigest(version);
  if (digest !== version.digest)
    throw new UntrustedModel(version, `expected the digest ${version.digest}, got ${digest} from its content`);
  try {
    verifyStatement(modelStatement(version.name, version, version.golden.sha256), version.signature, trustedKeys);
  } catch (cause) {
    throw new UntrustedModel(version, 'its signature does not hold', { cause });
  }
  const file = version.files.find(({ path }) => path.endsWith('.onnx'));
  if (file === undefined) throw new UntrustedModel(version, 'expected an ONNX file among its files, got none');
  const [onnx, golden] = await Promise.all([getBlob(store, file), getBlob(store, version.golden)]);
  const { name, classes, preprocessing, threshold } = version;
  return {
    identity: { name, version: version.version, digest },
    classes,
    preprocessing,
    threshold,
    onnx,
    golden: decodeGolden(golden, classes.length),
  };
}
