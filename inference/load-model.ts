// From a version's record to a model in memory: every byte checked against its digest, the digests against the signature,
// what the files hold against the allow-lists.

import { getBlob } from '../artifacts/blobs.ts';
import type { ModelVersion } from '../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../artifacts/store.ts';
import { decodeGolden, type GoldenInputs } from '../ml/export/golden.ts';
import { ONNX_MODEL_FILE, TFJS_MODEL_FILE, TFJS_WEIGHTS_FILE } from '../ml/export/names.ts';
import { UntrustedModel } from './models/errors.ts';
import { checkLayers } from './models/layers-allow-list.ts';
import { checkOnnx } from './models/onnx-allow-list.ts';
import { verifyVersion } from './models/verify-version.ts';
import type { RuntimeModel } from './runtimes/runtime.ts';
import type { ModelIdentity } from './serving.ts';

export interface LoadedModel {
  identity: ModelIdentity;
  classes: string[];
  preprocessing: ModelVersion['preprocessing'];
  /** The least probability of the best digit that counts as a decision, 0–1. */
  threshold: number;
  files: RuntimeModel;
  golden: GoldenInputs;
}

export interface LoadModelOptions {
  store: Store;
  version: ModelVersion;
  /** Public keys as SPKI in DER, base64. Without them any key will do, and only damage is found. */
  trustedKeys?: string[] | undefined;
}

/**
 * Reads what serving needs of a version. Safe to retry.
 * @throws UntrustedModel, ForbiddenModel, DamagedArtifact, MalformedGolden, and the store's errors
 */
export async function loadModel({ store, version, trustedKeys }: LoadModelOptions): Promise<LoadedModel> {
  verifyVersion(version, { trustedKeys });
  return readModel(version, (ref) => getBlob(store, ref));
}

/**
 * Reads every file of a version whose record was verified, those of other runtimes too: a version is whole or refused.
 * @param read gives the bytes of a ref after it has checked them against its digest
 * @throws UntrustedModel, ForbiddenModel, MalformedGolden, and what `read` throws
 */
export async function readModel(
  version: ModelVersion,
  read: (ref: ArtifactRef) => Promise<Uint8Array>,
): Promise<LoadedModel> {
  const [golden, ...contents] = await Promise.all([version.golden, ...version.files].map(read));
  const file = (name: string): Uint8Array => {
    const bytes = contents[version.files.findIndex(({ path }) => path === name || path.endsWith(`/${name}`))];
    if (bytes === undefined)
      throw new UntrustedModel(version, `expected ${name} among its files, got none`, { reason: 'record' });
    return bytes;
  };
  const { name, classes, preprocessing, threshold, digest } = version;
  const files: RuntimeModel = {
    onnx: file(ONNX_MODEL_FILE),
    layers: { model: file(TFJS_MODEL_FILE), weights: file(TFJS_WEIGHTS_FILE) },
    classCount: classes.length,
  };
  checkOnnx(files.onnx);
  checkLayers(files.layers);
  return {
    identity: { name, version: version.version, digest },
    classes,
    preprocessing,
    threshold,
    files,
    golden: decodeGolden(golden!, classes.length),
  };
}
