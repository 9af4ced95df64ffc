// The native binding, compiled from the sources that the npm package ships, against Node's stable C interface.

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WayFailed } from '../shared/errors.mjs';
import { runProgram } from '../shared/programs.mjs';

/** How the linker of a platform is told where libtensorflow lies, and that Node brings the rest. */
const LINKING = {
  linux: ['-Wl,-rpath,$ORIGIN/../../deps/lib'],
  darwin: ['-Wl,-rpath,@loader_path/../../deps/lib', '-undefined', 'dynamic_lookup'],
};

/**
 * @param {{
 *   compiler: import('../compiler.mjs').Compiler, headers: string, staging: string,
 *   context: import('../shared/context.mjs').Context,
 * }} what `staging` holds deps/lib
 * @returns {Promise<string>} the path of the binding, under `staging`
 * @throws WayFailed
 */
export async function compileBinding({ compiler, headers, staging, context }) {
  const system = context.platform.split('-')[0];
  const linking = system === 'linux' || system === 'darwin' ? LINKING[system] : undefined;
  if (linking === undefined) throw new WayFailed(`expected Linux or macOS, got ${context.platform}`);
  const modules = join(context.root, 'node_modules');
  const sources = join(modules, '@tensorflow', 'tfjs-node', 'binding');
  const folder = join(staging, 'lib', 'napi-v8');
  await mkdir(folder, { recursive: true });
  const binding = join(folder, 'tfjs_binding.node');
  const libraries = join(staging, 'deps', 'lib');
  const args = [
    ...compiler.args,
    '-O2',
    '-std=c++17',
    '-fPIC',
    '-shared',
    '-DNAPI_VERSION=8',
    `-I${join(modules, 'node-api-headers', 'include')}`,
    `-I${headers}`,
    ...(await filesIn(sources, '.cc')),
    // By path, not by -L: some linkers would add that folder, which is gone in a moment, to where libraries are sought.
    ...(await filesIn(libraries, '')),
    ...linking,
    '-o',
    binding,
  ];
  const environment = { ...context.environment, ...compiler.environment };
  await runProgram(compiler.command, args, { environment, signal: context.signal });
  return binding;
}

/**
 * Loads a binding in a process of its own, wherever it lies.
 * @param {string} binding
 * @param {import('../shared/context.mjs').Context} context
 * @throws WayFailed when it or libtensorflow can't be loaded here
 */
export async function loadBinding(binding, { environment, signal }) {
  const program = `process.dlopen({ exports: {} }, ${JSON.stringify(binding)})`;
  await runProgram(process.execPath, ['--eval', program], {
    environment: quiet(environment),
    signal,
    timeoutMs: 120_000,
  });
}

/** @param {Record<string, string | undefined>} environment */
export function quiet(environment) {
  return { ...environment, TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '' };
}

/**
 * @param {string} folder
 * @param {string} ending
 */
async function filesIn(folder, ending) {
  return (await readdir(folder)).filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}
