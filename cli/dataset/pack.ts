// A person's images, made into blobs: a run must not depend on files that only one machine has.

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { ArtifactRef } from '../../artifacts/store.ts';
import type { SourceConfiguration } from '../../config/schema.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { filesOfFolder, tarOf, tarSize } from './tar.ts';

/** Half of what one object may hold: small enough to be sent again after a lost connection. */
export const PART_BYTES = 32 * 1024 * 1024;

const ARCHIVE_NAME = /\.(zip|tar|tar\.gz|tgz)$/i;

export type PackedSource = Extract<SourceConfiguration, { kind: 'archive' }>;

export interface PackOptions {
  /** Stores immutable bytes by content: parts that are there already cost no space. */
  write: (bytes: Uint8Array) => Promise<ArtifactRef>;
  /** Called after each chunk. */
  progress?: (packed: { done: number; total: number }) => void;
  signal?: AbortSignal;
}

/** What stands behind a path, before anything is read. */
export interface LocalDataset {
  kind: 'folder' | 'archive';
  path: string;
  /** File name with an ending by which ingest knows the format. */
  name: string;
}

/**
 * Checks a path that was given as --dataset.
 * @throws WrongUse when it is neither a folder nor an archive of a known kind
 */
export async function localDataset(spec: string, folder: string): Promise<LocalDataset> {
  const path = resolve(folder, spec);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined)
    throw new WrongUse(
      `--dataset ${spec}: expected \`builtin\`, \`feedback\`, a folder or an archive, got no such file: ${path}`,
    );
  if (info.isDirectory()) return { kind: 'folder', path, name: `${basename(path)}.tar` };
  if (!info.isFile()) throw new WrongUse(`--dataset ${spec}: expected a folder or a file, got a device or socket`);
  if (!ARCHIVE_NAME.test(path))
    throw new WrongUse(
      `--dataset ${spec}: expected an archive named .zip, .tar, .tar.gz or .tgz, got ${basename(path)}`,
    );
  return { kind: 'archive', path, name: basename(path) };
}

/**
 * Writes the dataset into the store in parts of at most 32 MiB. Safe to repeat: equal bytes have equal names.
 * @throws CannotPack, CommandFailed for an empty folder or file, and whatever `write` throws
 */
export async function packDataset(dataset: LocalDataset, options: PackOptions): Promise<PackedSource> {
  if (dataset.kind === 'archive') {
    const total = (await stat(dataset.path)).size;
    if (total === 0) throw new CommandFailed(`${dataset.path}: expected an archive, got an empty file`);
    await assertReadable(dataset.path);
    const chunks = createReadStream(dataset.path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
    return { kind: 'archive', name: dataset.name, parts: await writeParts(chunks, total, options) };
  }
  const files = await filesOfFolder(dataset.path);
  if (files.length === 0)
    throw new CommandFailed(`${dataset.path}: expected images in sub-folders, got an empty folder`);
  const chunks = tarOf(files, options.signal);
  return { kind: 'archive', name: dataset.name, parts: await writeParts(chunks, tarSize(files), options) };
}

async function assertReadable(path: string): Promise<void> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new CommandFailed(`${path}: expected a readable file`, { cause });
  });
  await file.close();
}

/** Cuts a stream into parts of exactly PART_BYTES (the last one shorter): equal bytes have equal parts. */
async function writeParts(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  { write, progress, signal }: PackOptions,
): Promise<ArtifactRef[]> {
  const parts: ArtifactRef[] = [];
  const buffer = new Uint8Array(Math.min(PART_BYTES, total));
  let filled = 0;
  let done = 0;
  const flush = async (): Promise<void> => {
    parts.push(await write(buffer.slice(0, filled)));
    filled = 0;
  };
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    for (let offset = 0; offset < chunk.length;) {
      const taken = Math.min(chunk.length - offset, buffer.length - filled);
      buffer.set(chunk.subarray(offset, offset + taken), filled);
      filled += taken;
      offset += taken;
      if (filled === buffer.length) await flush();
    }
    done += chunk.length;
    progress?.({ done, total });
  }
  if (filled > 0) await flush();
  return parts;
}
