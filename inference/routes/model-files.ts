// Files of published versions: each checked against its digest before it leaves, the last few kept in memory.

import { getBlob } from '../../artifacts/blobs.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import type { ModelVersion } from '../../artifacts/manifests.ts';
import { readVersion } from '../../artifacts/registry.ts';
import { INPUT_SIZE } from '../../ml/model.ts';
import { jsonBytes } from '../../ml/export/bytes.ts';

/** A dozen versions' files; a model is a few hundred KB. */
const CACHE_BYTES = 8 * 1024 * 1024;

export interface ModelFileBytes {
  bytes: Uint8Array;
  type: 'application/json' | 'application/octet-stream';
  /** Of the bytes, lower-case hex. */
  sha256: string;
}

export interface ModelFiles {
  /** A version's record. @throws VersionMissing, InvalidModelName, InvalidRecord, and the store's errors */
  version(name: string, version: number): Promise<ModelVersion>;
  /**
   * A file by its path in the record, or by its bare name: `tf.loadLayersModel` asks for weights beside model.json.
   * @returns undefined where the version has no such file
   * @throws DamagedArtifact, and the store's errors
   */
  read(version: ModelVersion, path: string): Promise<ModelFileBytes | undefined>;
}

export const GOLDEN_FILE = 'golden.json';
export const METADATA_FILE = 'metadata.json';

export function createModelFiles(store: Store, cacheBytes = CACHE_BYTES): ModelFiles {
  const blobs = createVerifiedBlobs(store, cacheBytes);
  return {
    version: (name, version) => readVersion(store, name, version),
    async read(version, path) {
      if (path === METADATA_FILE)
        return { bytes: metadataOf(version), type: 'application/json', sha256: version.digest };
      const ref = path === GOLDEN_FILE ? version.golden : fileOf(version, path);
      if (ref === undefined) return undefined;
      const type = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
      return { bytes: await blobs.get(ref), type, sha256: ref.sha256 };
    },
  };
}

function fileOf({ files }: ModelVersion, path: string): ArtifactRef | undefined {
  return files.find((file) => file.path === path) ?? files.find((file) => bareName(file.path) === path);
}

/** `tfjs/model.json` → `model.json`. */
export const bareName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** What Teachable Machine's and similar pages look for beside model.json. */
const metadataOf = ({ name, version, classes, createdAt }: ModelVersion): Uint8Array =>
  jsonBytes({ labels: classes, imageSize: INPUT_SIZE, modelName: name, timeStamp: createdAt, modelVersion: version });

interface VerifiedBlobs {
  get(ref: ArtifactRef): Promise<Uint8Array>;
}

function createVerifiedBlobs(store: Store, limitBytes: number): VerifiedBlobs {
  const kept = new Map<string, Uint8Array>(); // the one used longest ago first
  let keptBytes = 0;
  const keep = (sha256: string, bytes: Uint8Array): void => {
    kept.set(sha256, bytes);
    keptBytes += bytes.byteLength;
    for (const [oldest, { byteLength }] of kept) {
      if (keptBytes <= limitBytes) return;
      kept.delete(oldest);
      keptBytes -= byteLength;
    }
  };
  const underway = new Map<string, Promise<Uint8Array>>();
  return {
    async get(ref) {
      const standing = kept.get(ref.sha256);
      if (standing !== undefined) {
        kept.delete(ref.sha256);
        kept.set(ref.sha256, standing);
        return standing;
      }
      const running =
        underway.get(ref.sha256) ??
        getBlob(store, ref)
          .then((bytes) => {
            keep(ref.sha256, bytes);
            return bytes;
          })
          .finally(() => underway.delete(ref.sha256));
      underway.set(ref.sha256, running);
      return running;
    },
  };
}
