// A machine on which TensorFlow's library can't be had: no compiler, no index of Python packages, nothing in the cache. The
// command line runs from a copy of the checkout whose tfjs-node has no binding.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseRunRecord, parseRunStepRecord, parseTrainingManifest } from '../../artifacts/manifests.ts';
import { openStore } from '../../artifacts/open-store.ts';
import { readVersion } from '../../artifacts/registry.ts';
import { loadModel } from '../../inference/load-model.ts';
import { createPredictor } from '../../inference/predictor.ts';
import { checkDocument } from '../cli/check-document.ts';
import { type CheckoutCopy, copyCheckout } from '../support/checkout-copy.ts';
import { findExecutable } from '../support/executable.ts';
import { segmentDigit, writeSegmentDigits } from '../support/segment-digits.ts';

let copy: CheckoutCopy;
let folder: string;
let isUp = false;

beforeAll(async () => {
  copy = copyCheckout();
  const binding = join(copy.root, 'node_modules', '@tensorflow', 'tfjs-node');
  for (const part of ['lib', 'deps']) rmSync(join(binding, part), { recursive: true, force: true });
  folder = mkdtempSync(join(tmpdir(), 'digitflow-no-tensorflow-'));
  for (const name of ['bin', 'cache']) mkdirSync(join(folder, name));
  symlinkSync(process.execPath, join(folder, 'bin', 'node'));
  await writeSegmentDigits(join(folder, 'data', 'segments'), 30);
  const configuration = {
    preset: 'quick',
    ingest: { source: { kind: 'folder', path: join(folder, 'data', 'segments') } },
    preprocess: { split: 'random' },
    augment: { poolSize: 1_024, shares: {} },
    train: { trainSteps: 80, batchSize: 64 },
    publish: { model: 'segments' },
  };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(configuration));
});
afterAll(async () => {
  if (isUp) await cli('down');
  rmSync(folder, { recursive: true, force: true });
  copy.remove();
});

function cli(...words: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const env = {
    PATH: join(folder, 'bin'),
    HOME: folder,
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple', // refuses at once
    DIGITFLOW_TEMPORAL: findExecutable('temporal', 'DIGITFLOW_TEMPORAL'),
    DIGITFLOW_HOME: join(folder, 'home'),
    DIGITFLOW_CACHE: join(folder, 'cache'),
    DIGITFLOW_DATA_ROOTS: join(folder, 'data'),
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(copy.root, 'cli', 'digitflow.mjs'), ...words, '--json'],
      { cwd: copy.root, env },
      (error, stdout, stderr) => {
        if (stdout !== '') checkDocument(words, stdout);
        resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

describe("without TensorFlow's library", { timeout: 600_000 }, () => {
  it('a stack that comes up says so, trains by the quick preset in WebAssembly, and publishes a version like any other', async () => {
    isUp = true;
    const up = await cli('up', '--store', 'file');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.stderr).toMatch(/TensorFlow: .*can't be had[^]*trains with the engine wasm/);
    const { exitCode, stdout, stderr } = await cli('train', '--config', join(folder, 'run.json'));
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse((await cli('down')).stdout)).toEqual({ outcome: 'stopped', leftovers: [] });
    isUp = false;
    const result = JSON.parse(stdout) as { run: string; firstExecutionRunId: string; model: object };
    expect(result.model).toMatchObject({ name: 'segments', version: 1 });

    const store = openStore({ kind: 'file', folder: join(folder, 'home', 'files') });
    const identity = { workflowId: result.run, firstExecutionRunId: result.firstExecutionRunId };
    const record = async (key: string): Promise<Uint8Array> => (await store.get(key))!.bytes;
    expect(parseRunRecord(await record(keys.run(identity))).configuration).toMatchObject({ train: { engine: 'wasm' } });
    const { output } = parseRunStepRecord(await record(keys.runStep(identity, 'train')));
    const training = parseTrainingManifest(await getBlob(store, output));
    expect(training.engine).toMatchObject({ engine: 'wasm', cpu: process.arch, threads: 1 });

    const version = await readVersion(store, 'segments', 1);
    const predictor = await createPredictor(await loadModel({ store, version }));
    const read = await predictor.predictMany([3, 7].map((digit) => segmentDigit(digit, 1_000)));
    expect(read.map(({ label }) => label)).toEqual(['3', '7']);
    await predictor.dispose();
  });
});
