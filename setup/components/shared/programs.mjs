// Programs of others: found on PATH, run to their end, ended with all their children when nobody waits any more.

import { spawn } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { WayFailed } from './errors.mjs';

/** The last lines of a failing program are enough to say why, and more would bury the other reasons. */
const LINES_SHOWN = 12;
const KEPT_CHARACTERS = 64 * 1024;
const GRACE_MS = 2_000;

/**
 * @param {string} name of a program, e.g. `go`
 * @param {Record<string, string | undefined>} environment
 * @returns {Promise<string | undefined>} the path of the first executable file of that name on PATH
 */
export async function findOnPath(name, environment) {
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    // An empty or relative entry means the current folder, from where nothing should be run unasked.
    if (!isAbsolute(folder)) continue;
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** @param {string} path */
export async function isExecutable(path) {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{
 *   cwd?: string,
 *   environment: Record<string, string | undefined>,
 *   signal?: AbortSignal | undefined,
 *   timeoutMs?: number,
 *   onLine?: (line: string) => void,
 * }} options `timeoutMs` default: none; `onLine` gets each line of stderr as it comes
 * @returns {Promise<{ stdout: string, stderr: string }>} the last 64 Ki characters of each
 * @throws WayFailed when it can't be started, fails, or takes too long; the signal's reason when that is aborted
 */
export function runProgram(command, args, { cwd, environment, signal, timeoutMs, onLine }) {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    // A group of its own, so that a compiler's own children end with it.
    const child = spawn(command, args, { cwd, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    let timedOut = false;
    const end = () => void endGroup(child);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => ((timedOut = true), end()), timeoutMs);
    signal?.addEventListener('abort', end, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    };
    for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
      child[stream].setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output[stream] = (output[stream] + text).slice(-KEPT_CHARACTERS);
        if (stream === 'stderr') for (const line of text.split('\n')) if (line.trim() !== '') onLine?.(line.trim());
      });
    }
    child.once('error', (cause) => {
      settle();
      reject(new WayFailed(`${command} can't be started: ${cause.message}`, { cause }));
    });
    child.once('close', (code, killedBy) => {
      settle();
      if (signal?.aborted) return reject(signal.reason);
      if (code === 0) return resolve(output);
      const how = timedOut ? `took longer than ${timeoutMs} ms` : `ended with ${killedBy ?? `status ${code}`}`;
      reject(
        new WayFailed([`${command} ${how}`, lastLines(output.stderr || output.stdout)].filter(Boolean).join('\n')),
      );
    });
  });
}

/**
 * Ends a program and its children: SIGTERM, and SIGKILL after two seconds.
 * @param {import('node:child_process').ChildProcess} child started with `detached: true`
 * @returns {Promise<void>} when it has ended
 */
export async function endGroup(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => void child.once('exit', resolve));
  signalGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(signalGroup, GRACE_MS, child.pid, 'SIGKILL');
  await ended;
  clearTimeout(timer);
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} name
 */
function signalGroup(pid, name) {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/** @param {string} text */
export function lastLines(text) {
  return text.trim().split('\n').slice(-LINES_SHOWN).join('\n');
}
