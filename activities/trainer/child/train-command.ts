import { train } from '../../../ml/train.ts';
import { openEngine } from '../../../ml/engines/open-engine.ts';
import type { PoolPart } from '../../../ml/training/pool.ts';
import type { TrainEvent, TrainInput, TrainOutput } from '../protocol.ts';
import type { Command, CommandContext } from './commands.ts';
import { engineHost, readInputs } from './open.ts';
import { openPoolFiles } from './pool-files.ts';
import { createProgressMeter } from './progress-meter.ts';

/** Trains to the end, or to a last checkpoint when stopped. */
export const trainCommand: Command<TrainInput, TrainOutput> = async (input, context) => {
  const pool = openPoolFiles(input.poolFiles);
  try {
    return await trainOn(pool.contents, input, context);
  } finally {
    pool.close();
  }
};

async function trainOn(pool: PoolPart[], input: TrainInput, { signal, emit }: CommandContext): Promise<TrainOutput> {
  const { parameters, classCount, checkpointEveryMs } = input;
  const say = (event: TrainEvent): void => emit(event);
  const validation = await readInputs(input.validationFile);
  const engine = await openEngine(input.engine, { ...parameters, classCount }, engineHost);
  try {
    const meter = createProgressMeter(parameters, () => performance.now());
    let lastCheckpointMs = performance.now();
    let validated = false;
    const checkpoint = await train(engine, {
      parameters,
      pool,
      validation,
      from: input.from,
      signal,
      onStep: (report) => {
        const progress = meter(report);
        if (progress !== undefined) say({ kind: 'progress', progress });
      },
      onPoint: (point) => {
        validated = true;
        say({ kind: 'point', point });
      },
      isCheckpointDue: () => validated || performance.now() - lastCheckpointMs >= checkpointEveryMs,
      onCheckpoint: (each) => {
        validated = false;
        lastCheckpointMs = performance.now();
        say({ kind: 'checkpoint', checkpoint: each });
      },
    });
    return { checkpoint, weights: engine.exportWeights() };
  } finally {
    engine.dispose();
  }
}
