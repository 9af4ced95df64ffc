// A C++ compiler, needed for a few seconds: named by CXX, on PATH, or Zig's from its PyPI wheel.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workshopFolder } from './shared/context.mjs';
import { messageOf, WayFailed } from './shared/errors.mjs';
import { pinnedWheel } from './shared/platform.mjs';
import { findOnPath, runProgram } from './shared/programs.mjs';
import { fetchWheel } from './shared/wheel.mjs';
import { needRoom } from './shared/workshop.mjs';
import { unzip } from './shared/zip.mjs';

const UNPACKED_BYTES = 5e8;
const PROGRAM =
  '#include <memory>\n#include <string>\nstd::unique_ptr<std::string> f() { return std::make_unique<std::string>("x"); }\n';

/** @typedef {{ command: string, args: string[], environment: Record<string, string>, name: string }} Compiler */

/**
 * The first compiler that makes a shared library out of C++17.
 * @param {import('./shared/context.mjs').Context} context
 * @param {import('./shared/ways.mjs').Say} say
 * @returns {Promise<Compiler>}
 * @throws WayFailed with the reason of each
 */
export async function provideCompiler(context, say) {
  const reasons = [];
  for (const name of [context.environment['CXX'], 'g++', 'clang++', 'c++']) {
    if (!name) continue;
    // CXX may hold options too: `ccache g++`.
    const [program = '', ...args] = name.trim().split(/\s+/);
    const command = program.includes('/') ? program : await findOnPath(program, context.environment);
    if (command === undefined) {
      reasons.push(`${program}: not on PATH`);
      continue;
    }
    try {
      return await check({ command, args, environment: {}, name: program }, context);
    } catch (error) {
      if (!(error instanceof WayFailed)) throw error;
      reasons.push(`${program}: ${messageOf(error)}`);
    }
  }
  try {
    return await fromWheel(context, say);
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    throw new WayFailed(['no C++ compiler', ...reasons, `zig: ${messageOf(error)}`].join('\n'), {
      fix: installCommand(),
      cause: error,
    });
  }
}

/**
 * @param {Compiler} compiler
 * @param {import('./shared/context.mjs').Context} context
 */
async function check(compiler, context) {
  const folder = await workshopFolder(context, 'compiler-check');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'check.cc'), PROGRAM);
  const args = [...compiler.args, '-std=c++17', '-fPIC', '-shared', 'check.cc', '-o', 'check.so'];
  const environment = { ...context.environment, ...compiler.environment };
  await runProgram(compiler.command, args, { cwd: folder, environment, signal: context.signal });
  return compiler;
}

/**
 * @param {import('./shared/context.mjs').Context} context
 * @param {import('./shared/ways.mjs').Say} say
 */
async function fromWheel(context, say) {
  const { environment, signal } = context;
  const wheel = pinnedWheel('zig', context.platform);
  const workshop = await context.workshop();
  await needRoom(workshop, UNPACKED_BYTES);
  const file = await fetchWheel(wheel, { workshop, environment, signal, say });
  const to = await workshopFolder(context, 'zig-toolchain');
  say(`unpacking Zig ${wheel.version}`);
  await unzip(file, { to, signal, place: (name) => (name.startsWith('ziglang/') ? name : undefined) });
  await rm(file);
  say(`compiling C++'s library with Zig ${wheel.version}`);
  const caches = join(workshop, 'zig-cache');
  const compiler = {
    command: join(to, 'ziglang', 'zig'),
    args: ['c++'],
    environment: { ZIG_GLOBAL_CACHE_DIR: caches, ZIG_LOCAL_CACHE_DIR: caches },
    name: `Zig ${wheel.version}`,
  };
  return check(compiler, context);
}

function installCommand() {
  return process.platform === 'darwin'
    ? 'xcode-select --install'
    : 'sudo apt-get install -y g++    (or your system’s C++ compiler)';
}
