// Which commit a checkout is at, for what is published: nobody's code depends on it.

import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What decides results; a document that is being written makes no commit unsure. */
const CODE = ['activities', 'artifacts', 'config', 'inference', 'ml', 'workers', 'workflows', 'package-lock.json'];

export interface Commit {
  commit: string;
  /** True when files of the code differ from the commit, or are not in it. */
  dirty: boolean;
}

/** Undefined without git, and for a folder that is not itself a clone. */
export async function commitOf(root: string): Promise<Commit | undefined> {
  const git = async (...words: string[]): Promise<string> => (await run('git', words, { cwd: root })).stdout.trim();
  try {
    const [top, commit] = (await git('rev-parse', '--show-toplevel', 'HEAD')).split('\n');
    if (commit === undefined || (await realpath(top!)) !== (await realpath(root))) return undefined;
    return { commit, dirty: (await git('status', '--porcelain', '--', ...CODE)) !== '' };
  } catch {
    return undefined;
  }
}
