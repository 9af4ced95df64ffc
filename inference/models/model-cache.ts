// Verified versions on this machine's disk: a folder each, written whole or not at all. What is read from it is checked
// again by whoever reads: a disk forgets, and others write to it.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../artifacts/canonical.ts';
import { encodeModelVersion, parseModelVersion, type ModelVersion } from '../../artifacts/manifests.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';

/** Versions of one model that stay on disk: the two in memory, and some to go back to without the store. */
const KEPT_VERSIONS = 5;
/** A writer that is slower than this died. */
const ABANDONED_MS = 60 * 60 * 1_000;

const RECORD_FILE = 'record.json';
const LAST_GOOD_FILE = 'last-good.json';
const PART_SUFFIX = '.part';

const lastGood = z.object({ version: z.int().positive(), digest: z.string() });

export interface ModelCache {
  /** The record of a version as it was stored; undefined where there is none that can be read. */
  record(version: number): Promise<ModelVersion | undefined>;
  /** The record of the version that was last in use. */
  lastGoodRecord(): Promise<ModelVersion | undefined>;
  /** A file of a version, if it is there and its bytes are those of the ref. */
  read(version: ModelVersion, ref: ArtifactRef): Promise<Uint8Array | undefined>;
  /** Stores a version. Safe to repeat, also in several processes at once. */
  add(version: ModelVersion, contents: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** Remembers that a version is in use, and forgets those used longest ago beyond the last five. */
  setLastGood(version: ModelVersion): Promise<void>;
}

/** @param folder of this model alone */
export function createModelCache(folder: string): ModelCache {
  const folderOf = ({ version, digest }: { version: number; digest: string }): string =>
    path.join(folder, `${version}-${digest.slice(0, 16)}`);

  const readRecord = async (versionFolder: string): Promise<ModelVersion | undefined> => {
    const file = path.join(versionFolder, RECORD_FILE);
    const bytes = await readFile(file).catch(() => undefined);
    try {
      return bytes && parseModelVersion(bytes, file);
    } catch {
      return undefined;
    }
  };

  return {
    async record(version) {
      for (const { name } of await versionFolders(folder))
        if (name.startsWith(`${version}-`)) {
          const record = await readRecord(path.join(folder, name));
          if (record !== undefined) return record;
        }
      return undefined;
    },
    async lastGoodRecord() {
      try {
        const text = await readFile(path.join(folder, LAST_GOOD_FILE), 'utf8');
        return await readRecord(folderOf(lastGood.parse(JSON.parse(text))));
      } catch {
        return undefined;
      }
    },
    async read(version, ref) {
      const bytes = await readFile(path.join(folderOf(version), ref.sha256)).catch(() => undefined);
      return bytes?.length === ref.sizeBytes && sha256(bytes) === ref.sha256 ? bytes : undefined;
    },
    async add(version, contents) {
      const temporary = path.join(folder, `${randomUUID()}${PART_SUFFIX}`);
      await mkdir(temporary, { recursive: true, mode: 0o700 });
      try {
        for (const [digest, bytes] of contents) await writeFile(path.join(temporary, digest), bytes);
        await writeFile(path.join(temporary, RECORD_FILE), encodeModelVersion(version));
        await rm(folderOf(version), { recursive: true, force: true });
        await rename(temporary, folderOf(version));
      } catch (error) {
        await rm(temporary, { recursive: true, force: true });
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'ENOTEMPTY' || code === 'EEXIST') return; // another process was faster with the same version
        throw error;
      }
    },
    async setLastGood(version) {
      const file = path.join(folder, LAST_GOOD_FILE);
      const temporary = `${file}.${randomUUID()}${PART_SUFFIX}`;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify(lastGood.parse(version)));
      await rename(temporary, file);
      const now = new Date();
      await utimes(folderOf(version), now, now).catch(() => undefined); // not on disk: its store is at hand
      await prune(folder);
    },
  };
}

/** Newest use first. */
async function versionFolders(folder: string): Promise<{ name: string; usedAtMs: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const folders = names
    .filter((name) => /^\d+-[0-9a-f]{16}$/.test(name))
    .map(async (name) => ({ name, usedAtMs: (await mtimeOf(path.join(folder, name))) ?? 0 }));
  return (await Promise.all(folders)).sort((a, b) => b.usedAtMs - a.usedAtMs);
}

const mtimeOf = async (file: string): Promise<number | undefined> => (await stat(file).catch(() => undefined))?.mtimeMs;

async function prune(folder: string): Promise<void> {
  for (const { name } of (await versionFolders(folder)).slice(KEPT_VERSIONS))
    await rm(path.join(folder, name), { recursive: true, force: true });
  for (const name of await readdir(folder)) {
    if (!name.endsWith(PART_SUFFIX)) continue;
    const writtenMs = await mtimeOf(path.join(folder, name));
    if (writtenMs !== undefined && Date.now() - writtenMs > ABANDONED_MS)
      await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
