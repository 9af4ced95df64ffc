// What the machine lets a worker use: folders, by environment.

import { homedir } from 'node:os';
import path from 'node:path';

export interface WorkerSettings {
  /** Downloads and verified blobs, shared by all checkouts of a user. */
  cacheFolder: string;
  /** Folders under which paths in a workflow's input must lie. None by default. */
  dataRoots: string[];
}

/** DIGITFLOW_CACHE (default: digitflow in XDG_CACHE_HOME or ~/.cache), DIGITFLOW_DATA_ROOTS (separated like PATH). */
export function workerSettings(environment: NodeJS.ProcessEnv = process.env): WorkerSettings {
  const cacheHome = environment['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  return {
    cacheFolder: environment['DIGITFLOW_CACHE'] || path.join(cacheHome, 'digitflow'),
    dataRoots: (environment['DIGITFLOW_DATA_ROOTS'] ?? '').split(path.delimiter).filter((root) => root !== ''),
  };
}
