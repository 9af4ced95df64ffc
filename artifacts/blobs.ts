// Immutable bytes, found by what they are: the key of a blob is its SHA-256, and every reader checks it.

import { createHash } from 'node:crypto';
import { sha256 } from './canonical.ts';
import { keys } from './keys.ts';
import { REFRESH_AFTER_MS } from './standing.ts';
import type { RecordedBlob } from './manifests/step-record.ts';
import type { ArtifactRef, ObjectInfo, Store } from './store.ts';

/** The step whose record names a blob. */
export interface Producer {
  step: string;
  stepKey: string;
}

/** Thrown when a blob is gone, or its bytes are not those it was named for. Making it again mends it; reading again doesn't. */
export class DamagedArtifact extends Error {
  override readonly name = 'DamagedArtifact';
  readonly retryable = false;
  readonly ref: ArtifactRef;
  /** What was found instead. */
  readonly got: string;
  /** The step that made it, as far as known. */
  readonly step: string | undefined;
  readonly stepKey: string | undefined;
  readonly details: { ref: ArtifactRef; step?: string; stepKey?: string };
  constructor(ref: ArtifactRef, got: string, { producer, cause }: { producer?: Producer; cause?: unknown } = {}) {
    const maker = producer === undefined ? '' : `; made by ${producer.step} (${producer.stepKey})`;
    super(`${ref.key}: expected ${ref.sizeBytes} bytes with SHA-256 ${ref.sha256}, got ${got}${maker}`, { cause });
    this.ref = ref;
    this.got = got;
    this.step = producer?.step;
    this.stepKey = producer?.stepKey;
    this.details = { ref, ...producer };
  }
}

export interface PutBlobOptions {
  /** Uploads even where an equal blob seems to stand: mends damage that a HEAD can't see. @default false */
  always?: boolean;
}

export interface PutBlob {
  ref: ArtifactRef;
  /** The store's ETag of it, for a record. */
  etag: string;
}

/**
 * Stores bytes under their digest. Safe to retry and to race: equal bytes have equal keys.
 * Nothing is uploaded when a HEAD shows the same size and an ETag that is the bytes' MD5; one that is old is put anew, so
 * that no garbage collection takes it before something names it.
 * @throws ObjectTooLarge above 64 MiB, and the store's errors
 */
export async function putBlob(
  store: Store,
  bytes: Uint8Array,
  { always = false }: PutBlobOptions = {},
): Promise<PutBlob> {
  const digest = sha256(bytes);
  const ref: ArtifactRef = { key: keys.blob(digest), sha256: digest, sizeBytes: bytes.byteLength };
  if (!always) {
    const standing = await store.head(ref.key);
    const md5 = createHash('md5').update(bytes).digest('hex');
    if (standing?.sizeBytes === ref.sizeBytes && standing.etag === md5) {
      const ageMs = (await store.now()) - standing.lastModified.getTime();
      if (ageMs <= REFRESH_AFTER_MS) return { ref, etag: md5 };
    }
  }
  const { etag } = await store.put(ref.key, bytes);
  return { ref, etag };
}

/** The verified bytes of a blob. @throws DamagedArtifact, and the store's errors */
export async function getBlob(store: Store, ref: ArtifactRef): Promise<Uint8Array> {
  const found = await store.get(ref.key);
  if (found === undefined) throw new DamagedArtifact(ref, 'nothing under its key');
  if (found.sizeBytes !== ref.sizeBytes) throw new DamagedArtifact(ref, `${found.sizeBytes} bytes`);
  const digest = sha256(found.bytes);
  if (digest !== ref.sha256) throw new DamagedArtifact(ref, `SHA-256 ${digest}`);
  return found.bytes;
}

/** What a HEAD tells about a recorded blob: `intact` when size and ETag are still those of the record. */
export function stateOf(blob: RecordedBlob, found: ObjectInfo | undefined): 'intact' | 'gone' | 'changed' {
  if (found === undefined) return 'gone';
  return found.sizeBytes === blob.sizeBytes && found.etag === blob.etag ? 'intact' : 'changed';
}
