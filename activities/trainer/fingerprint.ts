// The engine's fingerprint, found without loading TensorFlow: the worker needs it for step keys, the child checks it.

import { createHash } from 'node:crypto';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import path from 'node:path';
import type { EngineFingerprint } from '../../ml/engine.ts';
import type { EngineSettings } from './settings.ts';

/** A file up to this size is hashed whole. */
const WHOLE_FILE_BYTES = 8 * 2 ** 20;
const SAMPLE_COUNT = 256;
const SAMPLE_BYTES = 16_384;

/**
 * The fingerprint for who asks often, one a worker: it is found anew only when a file of the engine is another one.
 * @throws (the function) ENOENT when TensorFlow isn't set up
 */
export function watchedFingerprint(settings: EngineSettings): () => Promise<EngineFingerprint> {
  let known: { stamp: string; fingerprint: EngineFingerprint } | undefined;
  return async () => {
    const files = await nativeFiles(path.dirname(packageFileOfEngine()));
    const stats = await Promise.all(files.map((file) => stat(file)));
    const stamp = stats.map(({ ino, size, mtimeMs, ctimeMs }) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`).join('\n');
    if (known?.stamp !== stamp) known = { stamp, fingerprint: await engineFingerprint(settings) };
    return known.fingerprint;
  };
}

const packageFileOfEngine = (): string => createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json');

/**
 * What decides the bits of the `tfjs-node` engine on this machine with these settings. Takes about 20 ms.
 * @throws ENOENT when TensorFlow isn't set up
 */
export async function engineFingerprint(settings: EngineSettings): Promise<EngineFingerprint> {
  const packageFile = packageFileOfEngine();
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  const libraries: Record<string, string> = { 'tfjs-node': version };
  for (const file of await nativeFiles(path.dirname(packageFile))) {
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
