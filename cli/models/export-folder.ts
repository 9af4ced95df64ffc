// The folder that an export ends up in. Everything is written and proved in a folder beside it first: either the whole
// export is there, or nothing of it.

import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailed } from '../errors.ts';

export interface ExportFolder {
  /** Where the files are written first; on the same disk. */
  staging: string;
  /** Moves what was written to its place. */
  commit(): Promise<void>;
  /** Removes what was not moved. */
  discard(): Promise<void>;
}

interface ExportFolderOptions {
  /** Puts files among those that are there; files of the same name are replaced, nothing else is touched. */
  force: boolean;
}

/** @throws CommandFailed for a folder that holds something, or a place where none can be made */
export async function openExportFolder(folder: string, { force }: ExportFolderOptions): Promise<ExportFolder> {
  const holds = await entriesOf(folder);
  if (holds !== undefined && holds > 0 && !force)
    throw new CommandFailed(
      `${folder}: expected an empty folder or none, got one with ${holds} entries. --force puts the files among them.`,
    );
  const among = holds !== undefined && holds > 0;
  const parent = among ? folder : path.dirname(folder);
  const staging = await mkdir(parent, { recursive: true })
    .then(() => mkdtemp(path.join(parent, `.${path.basename(folder)}.export-`)))
    .catch((cause: unknown) => {
      throw new CommandFailed(`${parent}: nothing can be written there`, { cause });
    });
  return {
    staging,
    async commit() {
      if (among) {
        for (const name of await readdir(staging)) await rename(path.join(staging, name), path.join(folder, name));
        return;
      }
      if (process.platform === 'win32') await rm(folder, { recursive: true, force: true }); // empty, and in the way there
      await rename(staging, folder);
    },
    discard: () => rm(staging, { recursive: true, force: true }),
  };
}

/** How many files and folders a folder holds; undefined where there is none. @throws CommandFailed for a file */
async function entriesOf(folder: string): Promise<number | undefined> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new CommandFailed(`${folder}: it can't be looked at`, { cause: error });
  });
  if (found === undefined) return undefined;
  if (!found.isDirectory()) throw new CommandFailed(`${folder}: expected a folder, got a file`);
  return (await readdir(folder)).length;
}
