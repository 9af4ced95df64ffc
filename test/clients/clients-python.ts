// A Python of our own with packages of PyPI in it, made once for each list of requirements.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { workerSettings } from '../../workers/settings.ts';

const run = promisify(execFile);

/**
 * @param requirements path of a requirements.txt
 * @returns the interpreter's path
 * @throws when there is no python3, or pip can't fetch the packages
 */
export async function pythonWith(requirements: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const folder = path.join(workerSettings().cacheFolder, 'clients', digest);
  const python = path.join(folder, 'bin', 'python');
  const note = path.join(folder, 'complete');
  const isComplete = await access(note).then(
    () => true,
    () => false,
  );
  if (isComplete) return python;
  console.log(`installing ${requirements} to ${folder}`);
  await rm(folder, { recursive: true, force: true }); // what an earlier attempt left
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  await writeFile(note, '');
  return python;
}
