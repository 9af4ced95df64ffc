// What every training engine has to do, whatever computes it.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineName, EngineOptions, TrainingEngine } from '../../ml/engine.ts';
import { NotFiniteLoss } from '../../ml/engines/errors.ts';
import type { NetworkName } from '../../ml/model.ts';
import { expectClose } from '../ml/engines/close.ts';
import { someBatch } from '../ml/engines/some-batch.ts';
import { digestOf, openSomeEngine, trainSteps } from '../ml/engines/train-some-steps.ts';

export interface EngineCase {
  network: NetworkName;
  batchSize: number;
  /** False where a few steps are all that a test may cost. */
  isTriedInProcesses: boolean;
}

/** The digests of the states after ten steps of each network, by another process: most of its time it loads the engine. */
async function digestsElsewhere(name: EngineName, cases: readonly EngineCase[]): Promise<string[]> {
  const script = join(import.meta.dirname, '../ml/engines/print-state-digest.process.ts');
  const words = cases.map(({ network, batchSize }) => `${network}:${batchSize}`);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, name, ...words]);
  return stdout.trim().split('\n');
}

/** @param cases networks that are trained for a few steps each */
export function describeEngine(name: EngineName, cases: EngineCase[]): void {
  const open: TrainingEngine[] = [];
  async function openEngine(changed: Partial<EngineOptions> = {}): Promise<TrainingEngine> {
    const engine = await openSomeEngine(changed, name);
    open.push(engine);
    engine.initialise();
    return engine;
  }
  afterEach(() => {
    for (const engine of open.splice(0)) engine.dispose();
  });

  describe(`the engine ${name}`, () => {
    it('learns', async () => {
      const engine = await openEngine();
      const first = engine.trainStep(someBatch(64, 1, 11), 1, 3e-3);
      for (let step = 2; step <= 60; step++) engine.trainStep(someBatch(64, step, 11), step, 3e-3);
      const last = engine.trainStep(someBatch(64, 61, 11), 61, 3e-3);
      expect(first.correct).toBeLessThan(30);
      expect(last.correct).toBeGreaterThan(50);
      expect(last.loss).toBeLessThan(first.loss / 2);
    });

    for (const each of cases) {
      const { network, batchSize } = each;
      const train = (engine: TrainingEngine, first: number, last: number): void =>
        trainSteps(engine, first, last, batchSize);

      it(`goes on bit for bit from an exported state (${network})`, async () => {
        const straight = await openEngine({ network });
        train(straight, 1, 4);
        const middle = straight.exportState();
        train(straight, 5, 8);

        const resumed = await openEngine({ network });
        train(resumed, 1, 2); // elsewhere first: restoring has to replace everything
        resumed.restoreState(middle);
        train(resumed, 5, 8);
        expect(digestOf(resumed.exportState())).toBe(digestOf(straight.exportState()));
        expect(digestOf(straight.exportState())).not.toBe(digestOf(middle));
      });
    }

    const tried = cases.filter(({ isTriedInProcesses }) => isTriedInProcesses);
    it(`gives the same bits in two processes (${tried.map(({ network }) => network).join(', ')})`, async () => {
      const [one, two] = await Promise.all([digestsElsewhere(name, tried), digestsElsewhere(name, tried)]);
      expect(new Set(one).size).toBe(tried.length);
      for (const digest of one) expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(two).toEqual(one);
    });

    it('exports without changing what comes after', async () => {
      const [watched, alone] = [await openEngine(), await openEngine()];
      for (let step = 1; step <= 5; step++) {
        trainSteps(watched, step, step);
        watched.exportState();
        watched.exportWeights();
        watched.predict(someBatch(3, step).images, 3);
      }
      trainSteps(alone, 1, 5);
      expect(digestOf(watched.exportState())).toBe(digestOf(alone.exportState()));
    });

    it('starts elsewhere with another seed', async () => {
      const [one, two] = [await openEngine(), await openEngine({ seed: 2 })];
      expect(digestOf(one.exportWeights())).not.toBe(digestOf(two.exportWeights()));
    });

    it('keeps its state when a step is not finite', async () => {
      const engine = await openEngine();
      trainSteps(engine, 1, 2);
      // Weights this large overflow in the first convolutions.
      engine.restoreWeights(engine.exportWeights().map((value) => value * 1e25));
      const before = digestOf(engine.exportState());
      expect(() => engine.trainStep(someBatch(16, 3, 11), 3, 3e-3)).toThrow(NotFiniteLoss);
      expect(() => engine.trainStep(someBatch(16, 3, 11), 3, 3e-3)).toThrow(/train step 3: expected finite numbers/);
      expect(digestOf(engine.exportState())).toBe(before);
    });

    it('predicts from weights alone, the same for any number of images at once', async () => {
      const trained = await openEngine();
      trainSteps(trained, 1, 10);
      const served = await openSomeEngine({}, name);
      open.push(served);
      served.restoreWeights(trained.exportWeights());
      const { images } = someBatch(300, 9, 11); // more than one chunk
      const logits = served.predict(images, 300);
      expect(logits.length).toBe(300 * 11);
      expect(digestOf(logits)).toBe(digestOf(trained.predict(images, 300)));
      expectClose(served.predict(images.subarray(1024 * 7, 1024 * 8), 1), logits.subarray(77, 88), 1e-5);
    });

    it('refuses what native code would take silently', async () => {
      const engine = await openEngine();
      const { images, labels } = someBatch(4, 1, 11);
      const step =
        (batch: { images: Uint8Array; labels: Int32Array }, trainStep = 1, rate = 1e-3) =>
        () =>
          engine.trainStep(batch, trainStep, rate);
      expect(step({ images: images.subarray(1), labels })).toThrow(/expected 4 × 1024 bytes, got 4095/);
      expect(step({ images, labels: labels.subarray(1) })).toThrow(RangeError);
      expect(step({ images, labels: Int32Array.of(0, 11, 0, 0) })).toThrow(/labels from 0 to 10, got 11 at position 1/);
      expect(step({ images, labels: Int32Array.of(0, 0, -1, 0) })).toThrow(/got -1/);
      expect(step({ images: new Uint8Array(), labels: new Int32Array() })).toThrow(/at least one sample/);
      expect(step({ images, labels }, 0)).toThrow(/integer from 1, got 0/);
      expect(step({ images, labels }, 1, NaN)).toThrow(/rate/);
      expect(() => engine.restoreState(new Float32Array(3))).toThrow(/numbers, got 3/);
      expect(() => engine.restoreWeights(new Float32Array(3))).toThrow(RangeError);
      expect(() => engine.predict(images, 5)).toThrow(/expected 5 × 1024/);
    });

    it('takes images that stand at an odd offset of a buffer', async () => {
      const engine = await openEngine();
      const { images } = someBatch(2, 1, 11);
      const shifted = new Uint8Array(images.length + 3);
      shifted.set(images, 3);
      expect(engine.predict(shifted.subarray(3), 2)).toEqual(engine.predict(images, 2));
    });
  });
}
