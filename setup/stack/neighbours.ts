// Other stacks of this user. A server of theirs that is away for a moment comes back to its port: nobody else may take it.

import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, type Environment } from '../../config/home.ts';
import { ensureFolder, readIfThere, removeIfThere, writeWhole } from './files.ts';
import { readRememberedPorts } from './ports.ts';
import { livingHolder } from './process-lock.ts';
import { stackPaths } from './stack-paths.ts';

/** Tells later starts that a stack runs in this home. Safe to repeat. */
export function noteStack(environment: Environment, home: string): void {
  ensureFolder(notesFolder(environment));
  writeWhole(noteOf(environment, home), home);
}

export function forgetStack(environment: Environment, home: string): void {
  removeIfThere(noteOf(environment, home));
}

/** The ports of all stacks that run in other homes; a home that is gone or stopped has none. */
export function portsOfNeighbours(environment: Environment, home: string): number[] {
  return notedHomes(environment).flatMap((other) => (other === home ? [] : portsOfRunning(other)));
}

function portsOfRunning(home: string): number[] {
  const paths = stackPaths(home);
  try {
    return livingHolder(paths.lock) === undefined ? [] : Object.values(readRememberedPorts(paths.ports));
  } catch {
    return []; // a lock that can't be read is for whoever starts there
  }
}

function notedHomes(environment: Environment): string[] {
  const folder = notesFolder(environment);
  try {
    return readdirSync(folder).flatMap((name) => readIfThere(join(folder, name)) ?? []);
  } catch {
    return []; // no stack was started yet
  }
}

const notesFolder = (environment: Environment): string => join(cacheFolder(environment), 'stacks');

const noteOf = (environment: Environment, home: string): string =>
  join(notesFolder(environment), createHash('sha256').update(home).digest('hex').slice(0, 16));
