import { findBackend, memory } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { EngineFailure } from '../../../../../ml/engines/errors.ts';
import { openWasmEngine } from '../../../../../ml/engines/wasm/training/engine.ts';
import { describeEngine } from '../../../../contracts/engine-contract.ts';
import { expectClose } from '../../close.ts';
import { digestOf, openSomeEngine, options, trainSteps } from '../../train-some-steps.ts';
import { someBatch } from '../../some-batch.ts';

describe('a binary that is none', () => {
  it('is refused as a failure of the engine', async () => {
    const opened = openWasmEngine(options, new Uint8Array(1_000));
    await expect(opened).rejects.toThrow(EngineFailure);
    await expect(opened).rejects.toThrow(/WebAssembly/);
  });
});

describeEngine('wasm', [
  { network: 'compact', batchSize: 16, isTriedInProcesses: true },
  { network: 'reference', batchSize: 1, isTriedInProcesses: false }, // each step takes half a second
]);

describe('training in WebAssembly', () => {
  // A changed digest means changed training: every model trained by this engine has another step key then. XNNPACK has
  // kernels of its own for each architecture, so the digest is that of one.
  it.runIf(process.arch === 'x64')('has the bits it always had', async () => {
    const engine = await openSomeEngine({}, 'wasm');
    engine.initialise();
    trainSteps(engine, 1, 10);
    expect(digestOf(engine.exportState())).toBe('bdc6a6ae344500db2be581cdee5ff8db9fb58c238d40fbb635c8419044e841df');
    engine.dispose();
  });

  it('keeps no tensor and takes no more memory over a thousand steps', async () => {
    const engine = await openSomeEngine({}, 'wasm');
    engine.initialise();
    const backend = findBackend('wasm') as unknown as BackendWasm;
    const held = () => ({
      tensors: memory().numTensors,
      inBackend: backend.numDataIds(),
      bytes: (backend.wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8.length,
    });
    const batch = someBatch(1, 1, 11);
    const step = (trainStep: number): void => void engine.trainStep(batch, trainStep, 1e-3);
    for (let trainStep = 1; trainStep <= 10; trainStep++) step(trainStep);
    engine.predict(batch.images, 1);
    const before = held();
    for (let trainStep = 11; trainStep <= 1_000; trainStep++) step(trainStep);
    engine.predict(batch.images, 1);
    expect(held()).toEqual(before);
    engine.dispose();
  });

  it('takes the same steps as TensorFlow, but for rounding', async () => {
    const [ours, theirs] = [await openSomeEngine({}, 'wasm'), await openSomeEngine({}, 'tfjs-node')];
    for (const engine of [ours, theirs]) {
      engine.initialise();
      trainSteps(engine, 1, 3, 32);
    }
    expectClose(ours.exportState(), theirs.exportState(), 1e-3);
    const { images } = someBatch(5, 7, 11);
    expectClose(ours.predict(images, 5), theirs.predict(images, 5), 1e-2);
    ours.dispose();
    theirs.dispose();
  });
});
