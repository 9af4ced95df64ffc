// What the machine lets a worker use: folders, by environment.

import path from 'node:path';
import { cacheFolder } from '../config/home.ts';

export interface WorkerSettings {
  /** Downloads and verified blobs, shared by all checkouts of a user. */
  cacheFolder: string;
  /** Folders under which paths in a workflow's input must lie. None by default. */
  dataRoots: string[];
  /** Networks, as CIDR, that source `url` may reach besides the public internet. None by default. */
  urlNetworks: string[];
  /** Packages and downloads as an earlier ingest kept them: none is fetched then. */
  keptSource?: string;
}

/**
 * DIGITFLOW_CACHE (see `cacheFolder`), DIGITFLOW_DATA_ROOTS (separated like PATH),
 * DIGITFLOW_URL_NETWORKS (separated by commas), DIGITFLOW_KEPT_SOURCE (set by `digitflow reproduce`).
 */
export function workerSettings(environment: NodeJS.ProcessEnv = process.env): WorkerSettings {
  const keptSource = environment['DIGITFLOW_KEPT_SOURCE'] || undefined;
  const urlNetworks = listOf(environment['DIGITFLOW_URL_NETWORKS'], ',');
  return {
    ...(keptSource !== undefined && { keptSource }),
    urlNetworks,
    cacheFolder: cacheFolder(environment),
    dataRoots: listOf(environment['DIGITFLOW_DATA_ROOTS'], path.delimiter),
  };
}

const listOf = (text: string | undefined, separator: string): string[] =>
  (text ?? '').split(separator).flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
