// A word to the supervisor that a part's process is ended on purpose: its end is then no crash, and the part is started
// again at once. Written before the process is told to end; it names the process, so it never excuses another one.

import { join } from 'node:path';
import { readIfThere, removeIfThere, writeWhole } from './files.ts';
import { type ProcessIdentity, processIdentitySchema } from './process-identity.ts';
import type { StackPaths } from './stack-paths.ts';

const requestPath = ({ home }: Pick<StackPaths, 'home'>, part: string): string =>
  join(home, `restart-${encodeURIComponent(part)}.json`);

export function askForRestart(paths: StackPaths, part: string, process: ProcessIdentity): void {
  writeWhole(requestPath(paths, part), JSON.stringify(process));
}

/** Whether this process of the part was to end; the request is gone afterwards. */
export function takeRestartRequest(paths: StackPaths, part: string, process: ProcessIdentity | undefined): boolean {
  const path = requestPath(paths, part);
  const text = readIfThere(path);
  if (text === undefined) return false;
  removeIfThere(path);
  try {
    const asked = processIdentitySchema.parse(JSON.parse(text));
    return asked.pid === process?.pid && asked.osStartTime === process.osStartTime && asked.bootId === process.bootId;
  } catch {
    return false; // half a request of a full disk: the end counts as a crash, which also starts the part again
  }
}
