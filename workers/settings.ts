// What the machine lets a worker use: folders, by environment.

import { homedir } from 'node:os';
import path from 'node:path';

export interface WorkerSettings {
  /** Downloads and verified blobs, shared by all checkouts of a user. */
  cacheFolder: string;
  /** Folders under which paths in a workflow's input must lie. None by default. */
  dataRoots: string[];
  /** Packages of the built-in data as an earlier ingest kept them: none is fetched then. */
  keptPackages?: string;
}

/**
 * DIGITFLOW_CACHE (default: digitflow in XDG_CACHE_HOME or ~/.cache), DIGITFLOW_DATA_ROOTS (separated like PATH),
 * DIGITFLOW_KEPT_PACKAGES (set by `digitflow reproduce`).
 */
export function workerSettings(environment: NodeJS.ProcessEnv = process.env): WorkerSettings {
  const cacheHome = environment['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  const keptPackages = environment['DIGITFLOW_KEPT_PACKAGES'] || undefined;
  return {
    ...(keptPackages !== undefined && { keptPackages }),
    cacheFolder: environment['DIGITFLOW_CACHE'] || path.join(cacheHome, 'digitflow'),
    dataRoots: (environment['DIGITFLOW_DATA_ROOTS'] ?? '').split(path.delimiter).filter((root) => root !== ''),
  };
}
