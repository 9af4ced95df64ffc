// What the engine and the commands need of the child's machine: files.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeInputs, type PackedInputs } from '../../../ml/dataset/packed-inputs.ts';
import type { ReplaceModel } from '../../../ml/engines/graph/session.ts';
import type { EngineHost } from '../../../ml/engines/open-engine.ts';

export const engineHost: EngineHost = {
  async withModelFolder(savedModel, use) {
    const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-graph-'));
    try {
      const write: ReplaceModel = (model) => writeFile(path.join(folder, 'saved_model.pb'), model);
      await write(savedModel);
      return await use(folder, write);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  readWasmBinary: () => readFile(wasmBinaryFile()),
};

/** Comes with the package; never fetched. */
export const wasmBinaryFile = (): string =>
  createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm');

/** @throws MalformedInputs naming the file; ENOENT */
export async function readInputs(file: string): Promise<PackedInputs> {
  return decodeInputs(await readFile(file));
}
