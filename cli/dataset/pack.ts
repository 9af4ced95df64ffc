// A person's images, made into blobs: a run must not depend on files that only one machine has.

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ArtifactRef } from '../../artifacts/store.ts';
import type { SourceConfiguration } from '../../config/schema.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { filesOfFolder, tarOf, tarSize } from './tar.ts';

/** Half of what one object may hold: small enough to be sent again after a lost connection. */
export const PART_BYTES = 32 * 1024 * 1024;

const ARCHIVE_NAME = /\.(zip|tar|tar\.gz|tgz)$/i;
/** `train-images-idx3-ubyte.gz`, `digits.idx3`, … */
const IDX_NAME = /[-.](idx\d?(-ubyte)?|ubyte)(\.gz)?$/i;

export type PackedSource = Extract<SourceConfiguration, { kind: 'archive' | 'idx' }>;

export interface PackOptions {
  /** Stores immutable bytes by content: parts that are there already cost no space. */
  write: (bytes: Uint8Array) => Promise<ArtifactRef>;
  /** Called after each chunk. */
  progress?: (packed: { done: number; total: number }) => void;
  signal?: AbortSignal;
}

/** What stands behind a path, before anything is read. */
export interface LocalDataset {
  kind: 'folder' | 'archive' | 'idx';
  path: string;
  /** Of an IDX file of images: the file of its labels. */
  labelsPath?: string;
  /** File name with an ending by which ingest knows the format. */
  name: string;
}

/**
 * Checks a path that was given as --dataset.
 * @param labels of an IDX file of images: where its labels are. @default the file beside it that MNIST's naming says
 * @throws WrongUse when it is neither a folder, an archive of a known kind, nor a pair of IDX files
 */
export async function localDataset(spec: string, folder: string, labels?: string): Promise<LocalDataset> {
  const path = resolve(folder, spec);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined)
    throw new WrongUse(
      `--dataset ${spec}: expected \`builtin\`, \`feedback\`, the name of an added dataset, a folder, an archive or an IDX file, got no such file: ${path}`,
    );
  if (info.isFile() && (labels !== undefined || IDX_NAME.test(path)))
    return { kind: 'idx', path, name: basename(path), labelsPath: await labelsFile(path, folder, labels) };
  if (labels !== undefined) throw new WrongUse(`--labels: expected an IDX file as --dataset, got ${spec}`);
  if (info.isDirectory()) return { kind: 'folder', path, name: `${basename(path)}.tar` };
  if (!info.isFile()) throw new WrongUse(`--dataset ${spec}: expected a folder or a file, got a device or socket`);
  if (!ARCHIVE_NAME.test(path))
    throw new WrongUse(
      `--dataset ${spec}: expected an archive named .zip, .tar, .tar.gz or .tgz, or an IDX file, got ${basename(path)}`,
    );
  return { kind: 'archive', path, name: basename(path) };
}

/** @throws WrongUse when there is none */
async function labelsFile(imagesPath: string, folder: string, labels: string | undefined): Promise<string> {
  const guess = basename(imagesPath).replace('images', 'labels').replace('idx3', 'idx1');
  const path = labels === undefined ? join(dirname(imagesPath), guess) : resolve(folder, labels);
  const info = await stat(path).catch(() => undefined);
  if (path === imagesPath || !info?.isFile())
    throw new WrongUse(
      `--dataset ${basename(imagesPath)}: expected the labels of these images in a second IDX file, got none: ` +
        (labels === undefined ? `name it with --labels, or ${guess} beside it` : path),
    );
  return path;
}

/**
 * Writes the dataset into the store in parts of at most 32 MiB. Safe to repeat: equal bytes have equal names.
 * @throws CannotPack, CommandFailed for an empty folder or file, and whatever `write` throws
 */
export async function packDataset(dataset: LocalDataset, options: PackOptions): Promise<PackedSource> {
  if (dataset.kind === 'archive')
    return { kind: 'archive', name: dataset.name, parts: await packFile(dataset.path, options) };
  if (dataset.kind === 'idx') {
    const labelsPath = dataset.labelsPath!;
    const images = { parts: await packFile(dataset.path, options), name: dataset.name };
    const labels = { parts: await packFile(labelsPath, options), name: basename(labelsPath) };
    return { kind: 'idx', images, labels, classes: 10 };
  }
  const files = await filesOfFolder(dataset.path);
  if (files.length === 0)
    throw new CommandFailed(`${dataset.path}: expected images in sub-folders, got an empty folder`);
  const chunks = tarOf(files, options.signal);
  return { kind: 'archive', name: dataset.name, parts: await writeParts(chunks, tarSize(files), options) };
}

/** What the run must find in the store. */
export function partsOf(packed: PackedSource): ArtifactRef[] {
  if (packed.kind === 'archive') return packed.parts ?? [];
  return [packed.images, packed.labels].flatMap((file) => ('parts' in file ? file.parts : []));
}

async function packFile(path: string, options: PackOptions): Promise<ArtifactRef[]> {
  const total = (await stat(path)).size;
  if (total === 0) throw new CommandFailed(`${path}: expected an archive or IDX file, got an empty file`);
  await assertReadable(path);
  return writeParts(createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>, total, options);
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
