// Files and folders of a home that only the supervisor uses; what others read too stands in config/home.ts.

import { join } from 'node:path';
import { cacheFolder, type Environment, homePaths, type HomePaths } from '../../config/home.ts';

export interface StackPaths extends HomePaths {
  lock: string;
  /** What the supervisor knows of its parts. */
  state: string;
  ports: string;
  supervisorLog: string;
  /** Temporal's database. */
  temporal: string;
  /** MinIO's data. */
  store: string;
  /** Where MinIO looks for TLS keys: an own, empty folder, or keys in the user's home would turn it to https. */
  storeCertificates: string;
  /** Objects as plain files, for `--store file`. */
  fileStore: string;
}

export function stackPaths(home: string): StackPaths {
  return {
    ...homePaths(home),
    lock: join(home, 'lock.json'),
    state: join(home, 'stack.json'),
    ports: join(home, 'ports.json'),
    supervisorLog: join(home, 'logs', 'supervisor.log'),
    temporal: join(home, 'temporal'),
    store: join(home, 'store'),
    storeCertificates: join(home, 'store-certificates'),
    fileStore: join(home, 'files'),
  };
}

/** Held while a stack chooses ports and its servers bind to them, so that two stacks of one user never pick the same. */
export function portLockPath(environment: Environment): string {
  return join(cacheFolder(environment), 'ports.lock');
}
