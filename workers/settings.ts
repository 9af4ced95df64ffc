// What the machine lets a worker use: folders, by environment.

import path from 'node:path';
import { cacheFolder } from '../config/home.ts';

export interface WorkerSettings {
  /** Downloads and verified blobs, shared by all checkouts of a user. */
  cacheFolder: string;
  /** Folders under which paths in a workflow's input must lie. None by default. */
  dataRoots: string[];
  /** Packages of the built-in data as an earlier ingest kept them: none is fetched then. */
  keptPackages?: string;
}

/**
 * DIGITFLOW_CACHE (see `cacheFolder`), DIGITFLOW_DATA_ROOTS (separated like PATH),
 * DIGITFLOW_KEPT_PACKAGES (set by `digitflow reproduce`).
 */
export function workerSettings(environment: NodeJS.ProcessEnv = process.env): WorkerSettings {
  const keptPackages = environment['DIGITFLOW_KEPT_PACKAGES'] || undefined;
  return {
    ...(keptPackages !== undefined && { keptPackages }),
    cacheFolder: cacheFolder(environment),
    dataRoots: (environment['DIGITFLOW_DATA_ROOTS'] ?? '').split(path.delimiter).filter((root) => root !== ''),
  };
}
