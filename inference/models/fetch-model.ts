// A version from wherever its bytes are: the disk first, then the store. Nothing is used, nor written to disk, before its
// record and signature hold and its bytes have their digests.

import { DamagedArtifact, getBlob } from '../../artifacts/blobs.ts';
import type { ModelVersion } from '../../artifacts/manifests.ts';
import { readVersion } from '../../artifacts/registry.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { readModel, type LoadedModel } from '../load-model.ts';
import type { ServingLog } from '../serving-log.ts';
import { UntrustedModel } from './errors.ts';
import type { ModelCache } from './model-cache.ts';
import { verifyVersion, type Trust } from './verify-version.ts';

export interface FetchOptions {
  store: Store;
  cache: ModelCache;
  trust: Trust;
  log: ServingLog;
}

export interface FetchedModel {
  record: ModelVersion;
  model: LoadedModel;
}

/**
 * Reads a published version; what the disk has of it need not cross the network. Safe to retry.
 * @throws UntrustedModel, ForbiddenModel, DamagedArtifact, MalformedGolden, VersionMissing, InvalidRecord, and the
 * store's errors
 */
export async function fetchModel(
  { store, cache, trust, log }: FetchOptions,
  { name, version }: { name: string; version: number },
): Promise<FetchedModel> {
  const record = await readVersion(store, name, version);
  checkName(record, { name, version });
  verifyVersion(record, trust);
  const contents = new Map<string, Uint8Array>();
  let downloads = 0;
  const model = await readModel(record, async (ref) => {
    let bytes = await cache.read(record, ref);
    if (bytes === undefined) {
      downloads++;
      bytes = await getBlob(store, ref);
    }
    contents.set(ref.sha256, bytes);
    return bytes;
  });
  if (downloads > 0)
    await cache.add(record, contents).catch((error: unknown) => {
      log.warn({ err: error, version }, 'a model could not be kept on disk; it is served all the same');
    });
  return { record, model };
}

/**
 * Reads a version that the disk has, without asking the store.
 * @throws UntrustedModel, ForbiddenModel, DamagedArtifact, MalformedGolden
 */
export async function fetchFromDisk(
  { cache, trust }: Pick<FetchOptions, 'cache' | 'trust'>,
  record: ModelVersion,
): Promise<FetchedModel> {
  verifyVersion(record, trust);
  const model = await readModel(record, async (ref: ArtifactRef) => {
    const bytes = await cache.read(record, ref);
    if (bytes === undefined) throw new DamagedArtifact(ref, 'other bytes, or none, on disk');
    return bytes;
  });
  return { record, model };
}

/** A record that was copied to another key would take the place of what people think they serve. */
function checkName(record: ModelVersion, expected: { name: string; version: number }): void {
  if (record.name !== expected.name || record.version !== expected.version)
    throw new UntrustedModel(expected, `its record is that of ${record.name} version ${record.version}`, {
      reason: 'record',
    });
}
