import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  defaultEngine,
  engineFingerprint,
  sampledDigest,
  watchedFingerprints,
} from '../../activities/trainer/fingerprint.ts';
import {
  DEFAULT_ENGINE_SETTINGS,
  engineEnvironment,
  settingsFromEnvironment,
} from '../../activities/trainer/settings.ts';

describe("the engine's fingerprint", () => {
  it('names the native libraries, the settings and the CPU', async () => {
    const fingerprint = await engineFingerprint(DEFAULT_ENGINE_SETTINGS);
    expect(Object.keys(fingerprint.libraries)).toContain('tfjs_binding.node');
    expect(
      Object.keys(fingerprint.libraries).filter((name) => name.startsWith('libtensorflow')).length,
    ).toBeGreaterThan(0);
    expect(fingerprint).toMatchObject(DEFAULT_ENGINE_SETTINGS);
    expect(fingerprint.cpu).not.toBe('');
    expect(await engineFingerprint(DEFAULT_ENGINE_SETTINGS)).toEqual(fingerprint);
  });

  it('names the binary of WebAssembly, and no more of the CPU than its architecture', async () => {
    const fingerprint = await engineFingerprint({ engine: 'wasm' });
    expect(Object.keys(fingerprint.libraries)).toEqual([
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-wasm',
      'tfjs-backend-wasm-simd.wasm',
    ]);
    expect(fingerprint).toMatchObject({ engine: 'wasm', threads: 1, maxCpuIsa: 'SIMD128', cpu: process.arch });
  });

  it('is found once for each engine while its files are the same', async () => {
    const fingerprint = watchedFingerprints();
    for (const engine of ['tfjs-node', 'wasm'] as const) {
      const first = await fingerprint(engine);
      expect(first.engine).toBe(engine);
      expect(await fingerprint(engine)).toBe(first);
    }
    expect(await defaultEngine()).toBe('tfjs-node');
  });

  it('changes with the settings', async () => {
    const [one, two] = await Promise.all([
      engineFingerprint(DEFAULT_ENGINE_SETTINGS),
      engineFingerprint({ ...DEFAULT_ENGINE_SETTINGS, oneDnn: !DEFAULT_ENGINE_SETTINGS.oneDnn }),
    ]);
    expect(two).not.toEqual(one);
  });
});

describe('the digest of a file by samples', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'digitflow-digest-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const digestWith = async (sizeBytes: number, changedAt?: number): Promise<string> => {
    const bytes = new Uint8Array(sizeBytes);
    if (changedAt !== undefined) bytes[changedAt] = 1;
    const file = path.join(folder, 'library');
    await writeFile(file, bytes);
    return sampledDigest(file);
  };

  it('sees every byte of a small file', async () => {
    const plain = await digestWith(100_000);
    for (const at of [0, 50_001, 99_999]) expect(await digestWith(100_000, at)).not.toBe(plain);
  });

  it('sees the start, the end and the size of a large one', async () => {
    const size = 9 * 2 ** 20;
    const plain = await digestWith(size);
    for (const at of [0, size - 1]) expect(await digestWith(size, at)).not.toBe(plain);
    expect(await digestWith(size + 1)).not.toBe(plain);
    expect(await digestWith(size)).toBe(plain);
  });
});

it('settings survive the way through the environment', () => {
  for (const oneDnn of [true, false]) {
    const settings = { ...DEFAULT_ENGINE_SETTINGS, oneDnn, threads: 3 };
    expect(settingsFromEnvironment(engineEnvironment(settings))).toEqual(settings);
  }
  expect(settingsFromEnvironment(engineEnvironment({ engine: 'wasm' }))).toEqual({ engine: 'wasm' });
  const { TF_NUM_INTRAOP_THREADS: _, ...without } = engineEnvironment(DEFAULT_ENGINE_SETTINGS);
  expect(() => settingsFromEnvironment({})).toThrow(/expected tfjs-node or wasm, got undefined/);
  expect(() => settingsFromEnvironment(without)).toThrow(/TF_NUM_INTRAOP_THREADS/);
  expect(() => settingsFromEnvironment({ ...without, TF_NUM_INTRAOP_THREADS: '1', ONEDNN_MAX_CPU_ISA: '' })).toThrow(
    /AVX2 or AVX512_CORE, got/,
  );
});
