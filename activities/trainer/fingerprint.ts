// An engine's fingerprint, found without loading it: the worker needs it for step keys, the child checks it.

import { createHash } from 'node:crypto';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import path from 'node:path';
import type { EngineFingerprint, EngineName } from '../../ml/engine.ts';
import { wasmBinaryFile } from './child/open.ts';
import { EngineNotSetUp } from './errors.ts';
import { settingsOf, type EngineSettings, type TensorFlowSettings } from './settings.ts';

/** A file up to this size is hashed whole. */
const WHOLE_FILE_BYTES = 8 * 2 ** 20;
const SAMPLE_COUNT = 256;
const SAMPLE_BYTES = 16_384;

/**
 * Fingerprints for who asks often, one function a worker: one is found anew only when a file of its engine is another one.
 * @throws (the function) EngineNotSetUp
 */
export function watchedFingerprints(): (engine: EngineName) => Promise<EngineFingerprint> {
  const known = new Map<EngineName, { stamp: string; fingerprint: EngineFingerprint }>();
  return async (engine) => {
    const files = await filesOf(engine);
    const stats = await Promise.all(files.map((file) => stat(file)));
    const stamp = stats.map(({ ino, size, mtimeMs, ctimeMs }) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`).join('\n');
    const found = known.get(engine);
    if (found?.stamp === stamp) return found.fingerprint;
    const fingerprint = await engineFingerprint(settingsOf(engine));
    known.set(engine, { stamp, fingerprint });
    return fingerprint;
  };
}

/** The engine a run trains with when it names none: TensorFlow's library where it is set up. */
export async function defaultEngine(): Promise<EngineName> {
  return filesOf('tfjs-node').then(
    () => 'tfjs-node',
    () => 'wasm',
  );
}

const packageFile = (name: string): string => createRequire(import.meta.url).resolve(`${name}/package.json`);

/** Files that decide its bits. @throws EngineNotSetUp */
async function filesOf(engine: EngineName): Promise<string[]> {
  try {
    return engine === 'wasm'
      ? [wasmBinaryFile()]
      : await nativeFiles(path.dirname(packageFile('@tensorflow/tfjs-node')));
  } catch (cause) {
    throw new EngineNotSetUp(engine, cause);
  }
}

/**
 * What decides the bits of an engine on this machine with these settings. Takes about 20 ms.
 * @throws EngineNotSetUp
 */
export async function engineFingerprint(settings: EngineSettings): Promise<EngineFingerprint> {
  return settings.engine === 'wasm' ? wasmFingerprint() : tensorFlowFingerprint(settings);
}

/**
 * WebAssembly and JavaScript say what each operation rounds to, so no CPU model is named; but XNNPACK, in the binary, has
 * kernels of its own for each architecture.
 */
async function wasmFingerprint(): Promise<EngineFingerprint> {
  const [binary] = (await filesOf('wasm')) as [string];
  const packages = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'];
  const versions = await Promise.all(packages.map(async (name) => [name, await versionOf(name)] as const));
  const libraries = { ...Object.fromEntries(versions), [path.basename(binary)]: await sampledDigest(binary) };
  return { engine: 'wasm', libraries, oneDnn: false, maxCpuIsa: 'SIMD128', threads: 1, cpu: process.arch };
}

async function versionOf(name: string): Promise<string> {
  return (JSON.parse(await readFile(packageFile(name), 'utf8')) as { version: string }).version;
}

async function tensorFlowFingerprint(settings: TensorFlowSettings): Promise<EngineFingerprint> {
  const libraries: Record<string, string> = { 'tfjs-node': await versionOf('@tensorflow/tfjs-node') };
  for (const file of await filesOf('tfjs-node')) {
    libraries[path.basename(file)] = await sampledDigest(file);
  }
  return {
    engine: 'tfjs-node',
    libraries,
    oneDnn: settings.oneDnn,
    maxCpuIsa: settings.maxCpuIsa,
    threads: settings.threads,
    cpu: await cpuModel(),
  };
}

/**
 * The binding and the shared libraries it loads; several names of one file count once. The binding may be a link into the
 * user's cache, and it looks for its libraries from where it really is.
 */
async function nativeFiles(packageFolder: string): Promise<string[]> {
  const binding = await realpath(path.join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node'));
  const libraryFolder = path.join(path.dirname(binding), '..', '..', 'deps', 'lib');
  const names = (await readdir(libraryFolder)).filter((name) => /\.(so|dylib|dll)(\.|$)/.test(name));
  const files = [binding, ...names.map((name) => path.join(libraryFolder, name))];
  return [...new Set(await Promise.all(files.map((file) => realpath(file))))].toSorted();
}

/**
 * sha256 over a file's size and 256 blocks of 16 KiB at even distances, the first and the last among them; small files
 * whole. libtensorflow has 788 MB: two builds differ all over, so blocks tell them apart in milliseconds. It is no proof
 * against someone who patches a library on purpose.
 */
export async function sampledDigest(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const hash = createHash('sha256').update(`${size}\n`);
    if (size <= WHOLE_FILE_BYTES) return hash.update(await handle.readFile()).digest('hex');
    const block = Buffer.alloc(SAMPLE_BYTES);
    for (let i = 0; i < SAMPLE_COUNT; i++) {
      const position = Math.floor(((size - SAMPLE_BYTES) * i) / (SAMPLE_COUNT - 1));
      await handle.read(block, 0, SAMPLE_BYTES, position);
      hash.update(block);
    }
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

/** Linux names family, model and stepping beside a name that virtual machines make vague; elsewhere the name alone. */
async function cpuModel(): Promise<string> {
  const name = cpus()[0]?.model.trim() ?? 'unknown';
  const details = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const numbers = ['cpu family', 'model', 'stepping'].map(
    (field) => new RegExp(`^${field}\\s*: (\\d+)$`, 'm').exec(details)?.[1],
  );
  return numbers.includes(undefined) ? name : `${name}, ${numbers.join('.')}`;
}
