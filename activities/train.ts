// Trains one network on the pool, in the trainer child. The child gets files and gives back checkpoints; only this side
// writes to the store.

import { encodeTrainingManifest, parsePoolManifest, parseSplitsManifest } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { Checkpoint } from '../ml/train.ts';
import { concurrently } from '../artifacts/concurrently.ts';
import { floatBytes, type EngineAccess } from './engine-access.ts';
import type { StepContext, StepOutput } from './step.ts';
import type { TrainProgress } from './trainer/protocol.ts';

export type TrainStepParameters = RunConfiguration['train'];

/** No more than this much work is lost with a killed worker. A checkpoint costs 0.4 ms of the engine's time. */
const CHECKPOINT_EVERY_MS = 10_000;

/**
 * Safe to retry: goes on from the newest checkpoint under its step key, bit for bit, and equal attempts write equal bytes.
 * Validation curves are measured on the first blob of the validation split: at most 8,192 samples.
 */
export async function compute(
  context: StepContext,
  parameters: TrainStepParameters,
  inputs: { pool: ArtifactRef; splits: ArtifactRef },
  { readToFile, withTrainer, checkpoints }: EngineAccess,
): Promise<StepOutput> {
  const pool = parsePoolManifest(await context.read(inputs.pool), inputs.pool.key);
  const splits = parseSplitsManifest(await context.read(inputs.splits), inputs.splits.key);
  // Two at a time: all at once would hold the whole pool in memory.
  const poolFiles = await concurrently(pool.parts, 2, ({ ref }) => readToFile(ref));
  const validationFile = await readToFile(splits.splits.validation.inputs[0]!);
  const { engine, ...trainParameters } = parameters;

  const from = await checkpoints.newest((key) => context.warn(`${key} is damaged: going on from the one before`));
  if (from !== undefined) context.progress(progressOf(from.trainStep, parameters.trainSteps, 'resumed'));
  const saver = newestOnly(save);
  const trained = withTrainer(engine, async (trainer) => {
    const output = await trainer.train(
      {
        engine,
        classCount: pool.classes.length,
        parameters: trainParameters,
        poolFiles,
        validationFile,
        from,
        checkpointEveryMs: CHECKPOINT_EVERY_MS,
      },
      {
        onProgress: (progress) => context.progress(describe(progress)),
        onCheckpoint: (news) => saver.give(news),
      },
    );
    return { ...output, fingerprint: trainer.fingerprint };
  });
  const [settled] = await Promise.allSettled([trained]);
  await saver.idle(); // a cancelled run's last checkpoint, too
  if (settled.status === 'rejected') throw settled.reason;
  const { checkpoint, weights, fingerprint } = settled.value;

  async function save(news: Checkpoint): Promise<void> {
    try {
      await checkpoints.save(news);
    } catch (error) {
      // Losing a checkpoint loses time, not the run: the next one comes in ten seconds.
      context.warn(`a checkpoint could not be saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  const { history } = checkpoint;
  const last = history.at(-1)!;
  const weightsRef = await context.write(floatBytes(weights));
  const best = history.reduce((a, b) => (b.validation.accuracy > a.validation.accuracy ? b : a));
  const manifest = encodeTrainingManifest({
    schemaVersion: 1,
    kind: 'training',
    pool: inputs.pool,
    splits: inputs.splits,
    classes: pool.classes,
    network: parameters.network,
    engine: { ...fingerprint },
    trainSteps: parameters.trainSteps,
    batchSize: parameters.batchSize,
    state: await context.write(floatBytes(checkpoint.state)),
    weights: weightsRef,
    weightsSha256: weightsRef.sha256,
    history: await context.write(Buffer.from(JSON.stringify(history))),
    validation: last.validation,
    best: { ...best.validation, trainStep: best.trainStep },
  });
  const output = await context.write(manifest);
  return {
    output,
    summary: {
      network: parameters.network,
      trainSteps: parameters.trainSteps,
      validationAccuracy: last.validation.accuracy,
      loss: last.loss,
    },
    resumed: from !== undefined && from.trainStep > 0,
  };
}

/** While one checkpoint is being written only the newest waits: a slow store must not fill the memory with old ones. */
function newestOnly(save: (news: Checkpoint) => Promise<void>) {
  let waiting: Checkpoint | undefined;
  let saving: Promise<void> | undefined;
  const saveAll = async (): Promise<void> => {
    while (waiting !== undefined) {
      const news = waiting;
      waiting = undefined;
      await save(news);
    }
    saving = undefined;
  };
  return {
    give(news: Checkpoint): void {
      waiting = news;
      saving ??= saveAll();
    },
    idle: async (): Promise<void> => saving,
  };
}

const progressOf = (done: number, total: number, note: string) => ({ done, total, unit: 'steps', note });

function describe({ trainStep, trainSteps, rate, loss, accuracy, samplesPerSecond, remainingMs }: TrainProgress) {
  return {
    done: trainStep,
    total: trainSteps,
    unit: 'steps',
    figures: { loss, accuracy, rate, samplesPerSecond, remainingSeconds: remainingMs / 1000 },
  };
}
