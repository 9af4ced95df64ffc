import { describe, expect, it } from 'vitest';
import { train, type Checkpoint, type TrainOptions } from '../../../ml/train.ts';
import { createFakeEngine } from './fake-engine.ts';
import { inMemory, shortTraining as parameters, someInputs } from './some-inputs.ts';

const options: TrainOptions = {
  parameters,
  pool: [someInputs(7, 1), someInputs(0, 2), someInputs(6, 3)].map(inMemory),
  validation: someInputs(70, 4),
  signal: new AbortController().signal,
};

describe('the training loop', () => {
  it('makes every step once, in order, at the rate of the schedule', async () => {
    const engine = createFakeEngine();
    const result = await train(engine, options);
    expect(engine.steps.map(({ trainStep }) => trainStep)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(Math.max(...engine.steps.map(({ rate }) => rate))).toBe(engine.steps[4]!.rate);
    expect(engine.steps[4]!.rate).toBe(0.01);
    expect(result.trainStep).toBe(25);
    expect(result.state).toEqual(engine.exportState());
  });

  it('meets each sample once a pass', async () => {
    const engine = createFakeEngine();
    await train(engine, { ...options, parameters: { ...parameters, trainSteps: 13 } }); // 52 samples: four passes of 13
    const met = engine.steps.flatMap(({ labels }) => labels);
    const labels = options.pool.flatMap((part) => [...part.labels]).toSorted((a, b) => a - b);
    const passes = [0, 13, 26, 39].map((start) => met.slice(start, start + 13));
    for (const pass of passes) expect(pass.toSorted((a, b) => a - b)).toEqual(labels);
    expect(new Set(passes.map(String)).size).toBe(4);
  });

  it('validates every so many steps and at the end', async () => {
    const { history, window } = await train(createFakeEngine(), options);
    expect(history.map(({ trainStep }) => trainStep)).toEqual([10, 20, 25]);
    expect(window.steps).toBe(0);
    const share = options.validation.labels.filter((label) => label === 3).length / 70;
    expect(history[0]!.validation.accuracy).toBeCloseTo(share, 12);
    expect(history[0]!.validation.loss).toBeGreaterThan(0);
    expect(history[0]!.accuracy).toBeCloseTo((0 + 1 + 2 + 3 + 4) / (5 * 4), 12);
  });

  it('goes on from any step as if it had never stopped', async () => {
    const straight = await train(createFakeEngine(), options);
    const checkpoints: Checkpoint[] = [];
    await train(createFakeEngine(), {
      ...options,
      isCheckpointDue: () => true,
      onCheckpoint: (checkpoint) => checkpoints.push(structuredClone(checkpoint)),
    });
    expect(checkpoints.map(({ trainStep }) => trainStep)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    for (const from of checkpoints) expect(await train(createFakeEngine(), { ...options, from })).toEqual(straight);
  });

  it('gives a last checkpoint when aborted, even while validating, and resumes from it', async () => {
    const straight = await train(createFakeEngine(), options);
    for (const abortAt of [1, 7, 10, 24]) {
      const controller = new AbortController();
      const checkpoints: Checkpoint[] = [];
      const aborted = train(createFakeEngine(), {
        ...options,
        signal: controller.signal,
        onStep: ({ trainStep }) => trainStep === abortAt && controller.abort(new Error('stop here')),
        onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
      });
      await expect(aborted).rejects.toThrow('stop here');
      expect(checkpoints.map(({ trainStep }) => trainStep)).toEqual([abortAt]);
      expect(await train(createFakeEngine(), { ...options, from: checkpoints[0]! })).toEqual(straight);
    }
    const controller = new AbortController();
    const checkpoints: Checkpoint[] = [];
    const engine = createFakeEngine();
    const abortingEngine = {
      ...engine,
      predict: (images: Uint8Array, count: number): Float32Array => {
        controller.abort(new Error('while validating'));
        return engine.predict(images, count);
      },
    };
    const aborted = train(abortingEngine, {
      ...options,
      signal: controller.signal,
      onCheckpoint: (each) => checkpoints.push(each),
    });
    await expect(aborted).rejects.toThrow('while validating');
    expect(checkpoints[0]).toMatchObject({ trainStep: 10, history: [], window: { steps: 10 } });
    expect(await train(createFakeEngine(), { ...options, from: checkpoints[0]! })).toEqual(straight);
  });

  it('lets others run between steps', async () => {
    let turns = 0;
    let next: NodeJS.Immediate;
    const takeTurn = (): void => {
      turns++;
      next = setImmediate(takeTurn);
    };
    takeTurn();
    await train(createFakeEngine(), { ...options, parameters: { ...parameters, trainSteps: 200 } });
    clearImmediate(next!);
    expect(turns).toBeGreaterThanOrEqual(200);
  });

  it('refuses an empty pool, an empty validation split and a checkpoint from beyond', async () => {
    await expect(train(createFakeEngine(), { ...options, pool: [] })).rejects.toThrow(/pool: expected at least one/);
    await expect(train(createFakeEngine(), { ...options, validation: someInputs(0, 1) })).rejects.toThrow(RangeError);
    const from = { trainStep: 26, state: Float32Array.of(1), history: [], window: { steps: 0, loss: 0, correct: 0 } };
    await expect(train(createFakeEngine(), { ...options, from })).rejects.toThrow(/at most 25, got 26/);
  });
});
