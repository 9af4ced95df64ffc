import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FingerprintMismatch, TrainerCrashed, TrainerOutOfMemory } from '../../activities/trainer/errors.ts';
import type { PublishedOutput, TrainInput } from '../../activities/trainer/protocol.ts';
import { startTrainer, type Trainer, type TrainerOptions } from '../../activities/trainer/start-trainer.ts';
import { exportTfjs } from '../../ml/export/tfjs.ts';
import { networks, parametersOf, weightsFromVector } from '../../ml/model.ts';
import { softmax } from '../../ml/probabilities.ts';
import type { Checkpoint } from '../../ml/train.ts';
import { identify } from '../../setup/stack/process-identity.ts';
import { expectClose } from '../ml/engines/close.ts';
import { digestOf } from '../ml/engines/train-some-steps.ts';
import { someInputs } from '../ml/train/some-inputs.ts';
import { packInputs } from '../support/packed-blobs.ts';
import { trainerFile } from './trainer-file.ts';
import { bestOf, millisecondsOf } from '../support/best-of.ts';

let folder: string;
let entry: string;
let blockingEntry: string;
let input: TrainInput;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-trainer-'));
  entry = await trainerFile();
  blockingEntry = await trainerFile('test/trainer/blocking-trainer.process.ts');
  const write = async (name: string, count: number, seed: number): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, packInputs(someInputs(count, seed)));
    return file;
  };
  input = {
    engine: 'tfjs-node',
    classCount: 11,
    parameters: {
      network: 'compact',
      trainSteps: 40,
      batchSize: 16,
      peakRate: 0.01,
      warmupShare: 0.2,
      weightDecay: 1e-4,
      labelSmoothing: 0.1,
      batchNormMomentum: 0.9,
      seed: 1,
      validationEverySteps: 15,
    },
    poolFiles: [await write('pool-0', 200, 1), await write('pool-1', 150, 2)],
    validationFile: await write('validation', 90, 3),
    checkpointEveryMs: 50,
  };
});
afterAll(() => rm(folder, { recursive: true }));

const running: Trainer[] = [];
afterEach(() => Promise.all(running.splice(0).map((trainer) => trainer.close())));
async function start(options: Partial<TrainerOptions> = {}): Promise<Trainer> {
  const signal = new AbortController().signal;
  const trainer = await startTrainer({ entry, signal, log: () => {}, ...options });
  running.push(trainer);
  return trainer;
}

/** What native code a process has mapped. */
const librariesOf = (pid: number): string[] =>
  existsSync(`/proc/${pid}/maps`) ? readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n') : [];

const isAlive = (pid: number): boolean => identify(pid) !== undefined;

describe('the trainer child', () => {
  it('trains, reports, predicts, and goes on from a checkpoint in another process bit for bit', async () => {
    const trainer = await start();
    const checkpoints: Checkpoint[] = [];
    const points: number[] = [];
    const onProgress = vi.fn();
    const result = await trainer.train(input, {
      onProgress,
      onPoint: ({ trainStep }) => points.push(trainStep),
      onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
    });
    expect(points).toEqual([15, 30, 40]);
    expect(result.checkpoint.history.map(({ trainStep }) => trainStep)).toEqual(points);
    expect(onProgress).toHaveBeenCalled();
    expect(onProgress.mock.lastCall![0]).toMatchObject({ trainStep: 40, trainSteps: 40, remainingMs: 0 });
    expect(checkpoints.length).toBeGreaterThan(0);

    const from = checkpoints[0]!;
    expect(from.trainStep).toBeLessThan(40);
    const resumed = await (await start()).train({ ...input, from });
    expect(digestOf(resumed.checkpoint.state)).toBe(digestOf(result.checkpoint.state));
    expect(resumed.checkpoint.history).toEqual(result.checkpoint.history);
    expect(resumed.weights).toEqual(result.weights);

    const { logits } = await trainer.predict({
      engine: 'tfjs-node',
      network: 'compact',
      classCount: 11,
      weights: result.weights,
      inputsFile: input.validationFile,
    });
    const labels = someInputs(90, 3).labels;
    const likeliest = (row: Float32Array): number => row.indexOf(Math.max(...row));
    const right = labels.filter((label, i) => likeliest(logits.subarray(i * 11, i * 11 + 11)) === label).length;
    expect(right / 90).toBeCloseTo(result.checkpoint.history.at(-1)!.validation.accuracy, 10);
  });

  it('does the same with the engine wasm, without any library of TensorFlow, and opens the files it publishes', async () => {
    const settings = { engine: 'wasm' } as const;
    const ofWasm = { ...input, engine: 'wasm' as const };
    const trainer = await start({ settings });
    const checkpoints: Checkpoint[] = [];
    const result = await trainer.train(ofWasm, { onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) });
    const from = checkpoints[0]!;
    expect(from.trainStep).toBeLessThan(40);
    const other = await start({ settings });
    const resumed = await other.train({ ...ofWasm, from });
    expect(digestOf(resumed.checkpoint.state)).toBe(digestOf(result.checkpoint.state));
    expect(trainer.fingerprint).toEqual(other.fingerprint);
    expect(trainer.fingerprint.engine).toBe('wasm');
    expect(librariesOf(trainer.pid).filter((file) => /tensorflow|tfjs_binding/.test(file))).toEqual([]);

    const { weights } = result;
    const inputsFile = input.validationFile;
    const logits = (await other.predict({ engine: 'wasm', network: 'compact', classCount: 11, weights, inputsFile }))
      .logits;
    const layers = networks.compact;
    const classes = Array.from({ length: 11 }, (_, i) => String(i));
    const exported = { layers, weights: weightsFromVector(parametersOf(layers, 11), weights), classes };
    const [model, weightsFile] = exportTfjs(exported).map(({ bytes }) => bytes) as [Uint8Array, Uint8Array];
    const asked = { engine: 'wasm', model, weights: weightsFile, inputsFile };
    expectClose((await other.run<PublishedOutput>('layers', asked)).probabilities, softmax(logits, 11), 1e-5);
  });

  it('gives a checkpoint after each validation, however far away the next one by time is', async () => {
    const trainSteps: number[] = [];
    await (
      await start()
    ).train({ ...input, checkpointEveryMs: 1e9 }, { onCheckpoint: ({ trainStep }) => trainSteps.push(trainStep) });
    expect(trainSteps).toEqual([16, 31]);
  });

  it('gives a last checkpoint and is gone within two seconds when it is cancelled', async () => {
    const checkpoints: Checkpoint[] = [];
    const cancelled = async (): Promise<number> => {
      const controller = new AbortController();
      const trainer = await start({ signal: controller.signal });
      let abortedAt = 0;
      checkpoints.length = 0;
      const training = trainer.train(
        {
          ...input,
          checkpointEveryMs: 1e9,
          parameters: { ...input.parameters, trainSteps: 100_000, validationEverySteps: 100_000 },
        },
        {
          onProgress: () => {
            if (abortedAt === 0) abortedAt = performance.now();
            controller.abort(new Error('cancelled by a person'));
          },
          onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
        },
      );
      await expect(training).rejects.toThrow('cancelled by a person');
      const tookMs = performance.now() - abortedAt;
      expect(isAlive(trainer.pid)).toBe(false);
      await expect(trainer.predict({} as never)).rejects.toThrow('cancelled by a person');
      // One that finds no time for it in a second and a half is killed.
      return checkpoints.length === 1 ? tookMs : Number.POSITIVE_INFINITY;
    };
    expect(await bestOf(2_000, cancelled)).toBeLessThan(2_000);
    expect(checkpoints[0]!.trainStep).toBeGreaterThan(0);
  });

  it('is killed when it does not stop by itself', async () => {
    const controller = new AbortController();
    const trainer = await start({ signal: controller.signal, entry: blockingEntry });
    const blocked = trainer.run('block', { ms: 10_000 }, () =>
      setTimeout(() => controller.abort(new Error('now')), 60),
    );
    await expect(blocked).rejects.toThrow('now');
    expect(isAlive(trainer.pid)).toBe(false);
  });

  it('names the error of a command', async () => {
    const trainer = await start();
    const bad = { ...input, parameters: { ...input.parameters, peakRate: 1e30 } };
    await expect(trainer.train(bad)).rejects.toMatchObject({ name: 'NotFiniteLoss', code: 'NotFiniteLoss' });
    const wrongFile = { ...input, validationFile: entry };
    await expect(trainer.train(wrongFile)).rejects.toMatchObject({ name: 'MalformedInputs', retryable: false });
    await expect(trainer.run('sing', {})).rejects.toThrow(/no command named sing/);
    expect(await trainer.train(input)).toHaveProperty('weights'); // and goes on living
  });

  it('says how it crashed, with advice and its last lines', async () => {
    const crashed = async (how: object): Promise<unknown> =>
      (await start({ entry: blockingEntry })).run('crash', how).catch((error: unknown) => error);
    const byExit = await crashed({});
    expect(byExit).toBeInstanceOf(TrainerCrashed);
    expect(byExit).toMatchObject({ exitCode: 7, signal: null });
    expect(String(byExit)).toMatch(/with exit code 7.*Memory was short.*std::bad_alloc/s);
    expect(await crashed({ signal: 'SIGABRT' })).toMatchObject({ signal: 'SIGABRT' });
    const quiet = async (signal: NodeJS.Signals): Promise<string> => String(await crashed({ signal, isQuiet: true }));
    expect(await quiet('SIGABRT')).toMatch(/ended by SIGABRT.*want of memory: lower batchSize, or free memory/);
    expect(await quiet('SIGKILL')).toMatch(/ended by SIGKILL.*want of memory: lower batchSize, or free memory/);
  });

  // Its address space is limited to what it has by then.
  it.runIf(spawnSync('prlimit', ['--version']).status === 0)(
    'out of memory says so, and another goes on from the last checkpoint bit for bit',
    async () => {
      const long = { ...input, parameters: { ...input.parameters, trainSteps: 80, validationEverySteps: 80 } };
      const starved = await start();
      const checkpoints: Checkpoint[] = [];
      const failing = starved.train(
        { ...long, checkpointEveryMs: 1 },
        {
          onCheckpoint: (checkpoint) => {
            if (checkpoints.push(checkpoint) > 1) return;
            // It stands still meanwhile: else it may be through before the limit holds.
            process.kill(starved.pid, 'SIGSTOP');
            execFileSync('prlimit', ['--pid', String(starved.pid), '--as=1000000:1000000']);
            process.kill(starved.pid, 'SIGCONT');
          },
        },
      );
      const said = await failing.catch((error: unknown) => error);
      // Which of the two depends on who asks for memory first: JavaScript or the native library.
      expect([TrainerOutOfMemory.name, TrainerCrashed.name]).toContain((said as Error).name);
      expect((said as Error).message).toMatch(/memory.*[Ll]ower batchSize, or free memory/s);
      const from = checkpoints.at(-1)!;
      expect(from.trainStep).toBeLessThan(80);
      const [resumed, undisturbed] = await Promise.all([
        (await start()).train({ ...long, from }),
        (await start()).train(long),
      ]);
      expect(digestOf(resumed.checkpoint.state)).toBe(digestOf(undisturbed.checkpoint.state));
    },
  );

  it('sees no credentials', async () => {
    vi.stubEnv('S3_SECRET_KEY', 'secret');
    vi.stubEnv('NODE_OPTIONS', '--no-warnings');
    const trainer = await start({ entry: blockingEntry });
    const names = Object.keys(await trainer.run<Record<string, string>>('environment', undefined));
    expect(names).not.toContain('S3_SECRET_KEY');
    expect(names).not.toContain('NODE_OPTIONS');
    expect(
      names.every((name) =>
        /^(PATH|HOME|TMPDIR|TEMP|TMP|TZ|LANG|LD_LIBRARY_PATH|TF_|ONEDNN_|NODE_C|DIGITFLOW_TRAINER_ENGINE$)/.test(name),
      ),
    ).toBe(true);
    vi.unstubAllEnvs();
  });

  it('refuses to be another engine than the worker named', async () => {
    const other = path.join(folder, 'other-engine.mjs');
    await writeFile(other, "process.send({ kind: 'hello', fingerprint: { engine: 'tfjs-node', cpu: 'other' } });");
    await expect(start({ entry: other })).rejects.toThrow(FingerprintMismatch);
    const dead = path.join(folder, 'no-such-file.mjs');
    await expect(start({ entry: dead })).rejects.toThrow(TrainerCrashed);
  });

  it('is gone two seconds after its worker was killed, even inside a long native call', async () => {
    const script = path.join(import.meta.dirname, 'orphan-maker.process.ts');
    const outlived = async (): Promise<number> => {
      const worker = spawn(process.execPath, ['--import', 'tsx', script, blockingEntry], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(worker.stdout), 'line')) as [string];
      const pid = Number(line);
      expect(isAlive(pid)).toBe(true);
      worker.kill('SIGKILL');
      return millisecondsOf(() => vi.waitUntil(() => !isAlive(pid), { timeout: 60_000, interval: 10 }));
    };
    expect(await bestOf(2_000, outlived)).toBeLessThan(2_000);
  });
});
