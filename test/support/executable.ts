// Where the servers' executables are: `npm test` says so in the environment, else they are looked for on PATH.

import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Thrown when a test needs a server whose executable is nowhere to be found. */
export class ExecutableMissing extends Error {
  override readonly name = 'ExecutableMissing';
  constructor(command: string, variable: string) {
    super(
      `expected an executable "${command}" in ${variable} or on PATH, got none; \`npm test\` makes it and sets ${variable}`,
    );
  }
}

/**
 * @param variable e.g. `DIGITFLOW_MINIO`: an absolute path, which must be executable
 * @throws ExecutableMissing
 */
export function findExecutable(command: string, variable: string): string {
  const named = process.env[variable];
  const candidates = named
    ? [named]
    : (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, command));
  const found = candidates.find(isExecutable);
  if (found === undefined) throw new ExecutableMissing(command, variable);
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
