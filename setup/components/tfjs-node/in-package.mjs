// Where the npm package looks for its binding: lib/napi-v8 inside itself. Here that is one link into the user's cache.

import { lstat, mkdir, readdir, realpath, rename, rm, symlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { WayFailed } from '../shared/errors.mjs';
import { runProgram } from '../shared/programs.mjs';
import { remembered } from '../shared/remembered.mjs';
import { quiet } from './binding.mjs';

/** Multiplies two matrices: loading alone would not show a library of another machine's instructions. */
const PROGRAM = `
  // Node 23 removed two functions that the package calls.
  const util = require('node:util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  try {
    const tf = require('@tensorflow/tfjs-node');
    const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[1, 2], [3, 4]])).dataSync();
    if (String(product) !== '7,10,15,22') throw new Error('expected 7,10,15,22, got ' + product);
    console.log(JSON.stringify([tf.version['tfjs-node'], tf.backend().binding.TF_Version]));
  } catch ({ message }) {
    console.error(message.trim().split('\\n')[0]);
    process.exitCode = 1;
  }
`;

/** @param {string} root */
export function bindingFolder(root) {
  return join(root, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8');
}

/** @param {string} root */
export async function isOwnLink(root) {
  return lstat(bindingFolder(root)).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/**
 * Links a binding into the package, in one moment: at no time is there none. A folder that stands there is replaced.
 * @param {string} root
 * @param {string} folder holds lib/napi-v8
 */
export async function linkBinding(root, folder) {
  const link = bindingFolder(root);
  await mkdir(dirname(link), { recursive: true });
  const random = randomBytes(6).toString('hex');
  const fresh = `${link}.new-${random}`;
  // Where it really lies: the way there may lead through a folder that is soon removed.
  await symlink(await realpath(join(folder, 'lib', 'napi-v8')), fresh, 'dir');
  try {
    const there = await lstat(link).catch(() => undefined);
    if (there?.isDirectory()) {
      const old = `${link}.old-${random}`;
      await rename(link, old);
      await rename(fresh, link);
      await rm(old, { recursive: true, force: true });
    } else await rename(fresh, link);
  } finally {
    await rm(fresh, { force: true });
  }
}

/**
 * Uses the package as it is in this checkout, in a process of its own.
 * @param {import('../shared/context.mjs').Context} context
 * @returns {Promise<{ version: string }>} versions of the package and of libtensorflow
 * @throws WayFailed
 */
export async function tryPackage(context) {
  const files = await filesTried(context.root);
  return remembered(context, { what: `@tensorflow/tfjs-node in ${context.root}`, files }, () => tryNow(context));
}

/**
 * The binding, the libraries it loads, and what stands for every package around it: npm writes that with each install.
 * @param {string} root
 */
async function filesTried(root) {
  const binding = await realpath(bindingFolder(root)).catch(() => bindingFolder(root));
  const folders = [binding, join(binding, '..', '..', 'deps', 'lib')];
  const native = await Promise.all(folders.map(filesIn));
  const modules = join(root, 'node_modules');
  return [
    join(modules, '.package-lock.json'),
    join(modules, '@tensorflow', 'tfjs-node', 'package.json'),
    ...native.flat(),
  ];
}

/**
 * By name; none where there is no folder.
 * @param {string} folder
 */
async function filesIn(folder) {
  /** @type {string[]} */
  const names = await readdir(folder).catch(() => []);
  return names.sort().map((name) => join(folder, name));
}

/** @param {import('../shared/context.mjs').Context} context */
async function tryNow({ root, environment, signal }) {
  const options = { cwd: root, environment: quiet(environment), signal, timeoutMs: 120_000 };
  const { stdout } = await runProgram(process.execPath, ['--eval', PROGRAM], options).catch((error) => {
    if (!(error instanceof WayFailed)) throw error;
    throw new WayFailed(`@tensorflow/tfjs-node in ${root}: ${error.message}`, { cause: error });
  });
  const [version, library] = /** @type {[string, string]} */ (JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  return { version: `${version} (libtensorflow ${library})` };
}
