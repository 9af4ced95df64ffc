// A Python environment with Keras and OpenCV in the cache folder, made once for each set of pinned packages.

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../config/home.ts';

const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');
/** TensorFlow's wheels exist for these; NumPy's pinned release asks for 3.11. */
const MINORS = [11, 12, 13];

/** Thrown when there is no Python to measure with, or its packages can't be had. */
export class NoPython extends Error {
  override readonly name = 'NoPython';
}

export interface Environment {
  /** The environment's own interpreter. */
  python: string;
  folder: string;
}

/** Where the environment of a set of requirements and a version of Python lies. It need not exist. */
export function environmentOf(requirements: string, pythonVersion: string): Environment {
  const digest = createHash('sha256').update(`${pythonVersion}\n${requirements}`).digest('hex').slice(0, 16);
  const folder = path.join(cacheFolder(), 'bench-peers', digest);
  return { folder, python: path.join(folder, 'bin', 'python') };
}

/** The environment if an earlier call has finished it. */
export async function readyEnvironment(): Promise<Environment | undefined> {
  const found = await systemPython().catch(() => undefined);
  if (found === undefined) return undefined;
  const environment = environmentOf(await readFile(REQUIREMENTS, 'utf8'), found.version);
  return (await isThere(environment.python)) ? environment : undefined;
}

/**
 * Makes the environment where it is not there yet; pip shows its progress on stderr. Safe to repeat, to race and to kill:
 * it gets its name when it is finished.
 * @throws NoPython
 */
export async function makeEnvironment(say: (line: string) => void): Promise<Environment> {
  const { python, version } = await systemPython();
  const environment = environmentOf(await readFile(REQUIREMENTS, 'utf8'), version);
  if (await isThere(environment.python)) return environment;
  say(`installing Keras and OpenCV for Python ${version} into ${environment.folder} …`);
  const unfinished = `${environment.folder}.${process.pid}`;
  await mkdir(path.dirname(unfinished), { recursive: true });
  try {
    await run(python, ['-m', 'venv', unfinished], 'Python made no environment: is its package python3-venv installed?');
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '-r', REQUIREMENTS];
    await run(path.join(unfinished, 'bin', 'python'), pip, `pip could not install what stands in ${REQUIREMENTS}`);
    await rename(unfinished, environment.folder).catch(async (error) => {
      if (!(await isThere(environment.python))) throw error; // else another call was first
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return environment;
}

/** @throws NoPython */
async function systemPython(): Promise<{ python: string; version: string }> {
  const wanted = `expected python3 of version ${MINORS.map((minor) => `3.${minor}`).join(', ')} on PATH`;
  const python = 'python3';
  const ask = ['-c', 'import platform; print(platform.python_version())'];
  const { stdout } = await promisify(execFile)(python, ask, { timeout: 20_000 }).catch((cause: unknown) => {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new NoPython(`${wanted}, got ${missing ? 'none' : `one that does not run: ${messageOf(cause)}`}`, { cause });
  });
  const version = stdout.trim();
  const [major, minor] = version.split('.').map(Number);
  if (major !== 3 || !MINORS.includes(minor!)) throw new NoPython(`${wanted}, got ${version}`);
  return { python, version };
}

/** Runs a program whose output is progress. @throws NoPython */
function run(command: string, args: string[], complaint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', process.stderr, 'inherit'] });
    child.once('error', (cause) => reject(new NoPython(`${complaint} (${cause.message})`, { cause })));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new NoPython(`${complaint} (${path.basename(command)} ended with ${signal ?? `status ${code}`})`));
    });
  });
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
