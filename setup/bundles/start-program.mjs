// Starts a program from its bundle, which loads in a third of the time that compiling hundreds of modules one by one takes.
// A bundle whose sources have changed is made anew by a process of its own; where that fails, the sources run.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundlePlaces, freshBundle } from './fresh-bundle.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * @param {string} program its name among the bundled programs
 * @param {string} source the module it begins with, from the checkout's root
 */
export async function startProgram(program, source) {
  const { folder, noteFile } = bundlePlaces(root, program);
  const standing = () => freshBundle(root, folder, noteFile);
  const bundle = (await standing()) ?? ((await make(program)) ? await standing() : undefined);
  if (bundle !== undefined) return import(pathToFileURL(bundle).href).catch((error) => giveUp(program, error));
  const { register } = await import('tsx/esm/api');
  register();
  return import(pathToFileURL(join(root, source)).href);
}

/**
 * In words: left to Node, an error would be printed behind the whole line of the bundle that threw it.
 * @param {string} program
 * @param {unknown} error
 */
function giveUp(program, error) {
  process.stderr.write(`${program} can't start: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

/**
 * Whether it was made; why not stands in the log. A second process that makes it at the same time is no harm.
 * @param {string} program
 * @returns {Promise<boolean>}
 */
function make(program) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', join('setup', 'bundles', 'make-bundle.ts'), program], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
