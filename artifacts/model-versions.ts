// Published versions of a model: numbered from 1, created once each, one for each content.

import { isoNow, type Clock } from './clock.ts';
import { keys } from './keys.ts';
import { encodeModelVersion, modelDigest, parseModelVersion, type ModelVersion } from './manifests/model-version.ts';
import type { Store, StoredObject } from './store.ts';

/** Thrown when a version of a model is asked for that was never published. */
export class VersionMissing extends Error {
  override readonly name = 'VersionMissing';
  readonly retryable = false;
  constructor(model: string, version: number) {
    super(`model ${model}: expected version ${version} to be published, got none of that number`);
  }
}

/** Thrown when a version is wanted that was withdrawn. Its number stays taken, and its content is not published anew. */
export class VersionDeleted extends Error {
  override readonly name = 'VersionDeleted';
  readonly retryable = false;
  constructor({ name, version, deletedAt }: ModelVersion) {
    super(
      `model ${name}: expected version ${version} to be in use, got one that was withdrawn at ${deletedAt ?? 'this moment'}`,
    );
  }
}

/** A version as it is before it has a number. */
export type ModelCandidate = Omit<
  ModelVersion,
  'schemaVersion' | 'kind' | 'version' | 'digest' | 'createdAt' | 'deletedAt'
>;

export interface PublishedVersion {
  version: ModelVersion;
  /** False when an equal version stood already, be it of this call's own earlier attempt. */
  created: boolean;
}

/**
 * Finds the version with this content, or publishes it under the first free number.
 * Safe to retry and to race: numbers are walked from 1, each is created only where it is free, so that no number is
 * skipped, none is used twice, and no content is published twice.
 * @throws VersionDeleted when this content was withdrawn; InvalidRecord when a manifest on the way can't be read
 */
export async function publishVersion(
  { store, clock }: { store: Store; clock: Clock },
  candidate: ModelCandidate,
): Promise<PublishedVersion> {
  const digest = modelDigest(candidate);
  const createdAt = isoNow(clock);
  for (let version = 1; ; version++) {
    const key = keys.version(candidate.name, version);
    let standing: StoredObject | undefined = await store.get(key);
    if (standing === undefined) {
      const manifest: ModelVersion = {
        ...candidate,
        schemaVersion: 1,
        kind: 'model-version',
        version,
        digest,
        createdAt,
      };
      const write = await store.putIfAbsent(key, encodeModelVersion(manifest));
      if (write.outcome === 'written') return { version: manifest, created: true };
      standing = write.current ?? (await store.get(key));
      if (standing === undefined) throw new VersionMissing(candidate.name, version); // only a hand removes manifests
    }
    const other = parseModelVersion(standing.bytes, key);
    if (other.digest !== digest) continue;
    if (other.deletedAt !== undefined) throw new VersionDeleted(other);
    return { version: other, created: false };
  }
}

/** @throws VersionMissing, InvalidRecord */
export async function readVersion(store: Store, name: string, version: number): Promise<ModelVersion> {
  const key = keys.version(name, version);
  const found = await store.get(key);
  if (found === undefined) throw new VersionMissing(name, version);
  return parseModelVersion(found.bytes, key);
}

/** Every version in the order of its number, withdrawn ones included. @throws InvalidRecord */
export async function listVersions(store: Store, name: string): Promise<ModelVersion[]> {
  const versions = [];
  for await (const { key } of store.list(keys.versions(name))) {
    const found = await store.get(key);
    if (found !== undefined) versions.push(parseModelVersion(found.bytes, key));
  }
  return versions.sort((a, b) => a.version - b.version);
}

/** Names of models that have at least one version, in order. */
export async function listModels(store: Store): Promise<string[]> {
  const names = new Set<string>();
  for await (const { key } of store.list(keys.models)) names.add(key.split('/')[1]!);
  return [...names];
}
