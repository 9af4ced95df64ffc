// Lays the source's kept bytes out on this disk as they were, and points the run configuration there.

import { createHash } from 'node:crypto';
import { mkdir, open, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { getBlob, putBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import type { KeptSource } from '../../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { resolveRunConfiguration } from '../../config/resolve.ts';
import type { SingleSource, SourceConfiguration } from '../../config/schema.ts';
import { CommandFailed } from '../errors.ts';

const keptFile = z.object({
  path: z.string(),
  sizeBytes: z.int().nonnegative().nullable(),
  sha256: z.string().optional(),
});

export interface LaidOut {
  /** The run configuration that computes the same from here. */
  configuration: Record<string, unknown>;
  /** What the workers need to know of it. */
  environment: Record<string, string>;
  /** Whether everything comes from what ingest kept. */
  kept: boolean;
}

export interface LayOutOptions {
  /** The store of the version. */
  store: Store;
  /** The store of the recomputation. */
  scratch: Store;
  source: KeptSource | undefined;
  /** Of the run that published the version. */
  configuration: Record<string, unknown>;
  /** Gets the files. */
  folder: string;
}

/** @throws DamagedArtifact when kept bytes are gone or differ; CommandFailed when they are not what the index says */
export async function layOutSource({
  store,
  scratch,
  source: kept,
  configuration,
  folder,
}: LayOutOptions): Promise<LaidOut> {
  const resolved = resolveRunConfiguration(configuration);
  const { source } = resolved.ingest;
  const singles = source.kind === 'mixed' ? source.sources.map((each) => each.source) : [source];
  if (singles.some(({ kind }) => kind === 'feedback')) {
    for (const prefix of [keys.corrections, keys.deletedCorrections])
      for await (const { key } of store.list(prefix)) await copy(store, scratch, key);
  }
  for (const ref of singles.flatMap(partsOf)) await putBlob(scratch, await getBlob(store, ref));
  if (singles.every(standsInStore)) return { configuration, environment: {}, kept: true };
  if (kept === undefined) return { configuration, environment: {}, kept: false };
  await unpack(store, kept, source.kind === 'folder' ? join(folder, basename(source.path)) : folder);
  const there = moved(source, folder);
  return {
    configuration: there === source ? configuration : { ...resolved, ingest: { ...resolved.ingest, source: there } },
    environment: { DIGITFLOW_DATA_ROOTS: folder, DIGITFLOW_KEPT_SOURCE: folder },
    kept: true,
  };
}

/** Needs nothing but objects: people may withdraw corrections, those that still stand are taken. */
const standsInStore = (source: SingleSource): boolean =>
  source.kind === 'feedback' || (source.kind === 'archive' && source.parts !== undefined);

/** What of a source stands in the store already. */
function partsOf(source: SingleSource): ArtifactRef[] {
  if (source.kind === 'archive') return source.parts ?? [];
  if (source.kind !== 'idx') return [];
  return [source.images, source.labels].flatMap((file) => ('parts' in file ? file.parts : []));
}

/** The same source, its paths in `folder`. A dataset's name is that of its folder or file, so that one stays. */
function moved(source: SourceConfiguration, folder: string): SourceConfiguration {
  if (source.kind !== 'mixed')
    return movedSingle(source, source.kind === 'folder' ? join(folder, basename(source.path)) : folder);
  // Each keeps its files in a folder called by its number.
  const sources = source.sources.map((each, i) => ({
    ...each,
    source: movedSingle(each.source, join(folder, String(i))),
  }));
  return { ...source, sources };
}

/** @param folder where the source's own files are */
function movedSingle(source: SingleSource, folder: string): SingleSource {
  if (source.kind === 'folder') return { ...source, path: folder };
  if (source.kind === 'archive' && source.path !== undefined)
    return { ...source, path: join(folder, source.name ?? basename(source.path)) };
  if (source.kind !== 'idx') return source;
  const movedFile = (file: typeof source.images, below: string) =>
    'path' in file ? { path: join(folder, below, basename(file.path)) } : file;
  return { ...source, images: movedFile(source.images, 'images'), labels: movedFile(source.labels, 'labels') };
}

async function copy(from: Store, to: Store, key: string): Promise<void> {
  const found = await from.get(key);
  if (found !== undefined) await to.put(key, found.bytes);
}

/** Writes each file of the index, checked against its digest. */
async function unpack(store: Store, { index, parts }: KeptSource, folder: string): Promise<void> {
  const bytes = bytesOf(store, parts);
  const lines = Buffer.from(await getBlob(store, index))
    .toString('utf8')
    .split('\n');
  for (const line of lines.filter((each) => each !== '')) {
    const { path, sizeBytes, sha256 } = keptFile.parse(JSON.parse(line));
    const file = resolve(folder, path);
    if (relative(folder, file).startsWith(`..${sep}`))
      throw new CommandFailed(`kept source: expected a path inside the folder, got ${path}`);
    await mkdir(dirname(file), { recursive: true });
    if (sizeBytes === null) {
      await symlink('nowhere', file); // no plain file then, none now
      continue;
    }
    const hash = createHash('sha256');
    const handle = await open(file, 'w');
    try {
      for await (const piece of bytes.take(sizeBytes)) {
        hash.update(piece);
        await handle.write(piece);
      }
    } finally {
      await handle.close();
    }
    if (sha256 !== undefined && hash.digest('hex') !== sha256)
      throw new CommandFailed(`kept source: ${path}: expected SHA-256 ${sha256}, got other bytes`);
  }
}

/** The parts as one stream that is read piece by piece, one part in memory. */
function bytesOf(store: Store, parts: KeptSource['parts']) {
  let next = 0;
  let left: Uint8Array = new Uint8Array(0);
  return {
    async *take(sizeBytes: number): AsyncGenerator<Uint8Array> {
      for (let wanted = sizeBytes; wanted > 0;) {
        if (left.length === 0) {
          const part = parts[next++];
          if (part === undefined) throw new CommandFailed(`kept source: expected ${wanted} bytes more, got none`);
          left = await getBlob(store, part);
        }
        const piece = left.subarray(0, wanted);
        left = left.subarray(piece.length);
        wanted -= piece.length;
        yield piece;
      }
    },
  };
}
