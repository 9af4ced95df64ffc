// The worker's side of the trainer child: starts it, checks that it is the engine the step key names, talks to it, and
// never leaves it behind.

import { fork } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import type { EngineFingerprint } from '../../ml/engine.ts';
import type { Checkpoint, TrainPoint } from '../../ml/train.ts';
import { connect } from './connection.ts';
import { trainerEnvironment } from './environment.ts';
import { FingerprintMismatch, namingMemory } from './errors.ts';
import { engineFingerprint } from './fingerprint.ts';
import type { PredictInput, PredictOutput, TrainEvent, TrainInput, TrainOutput, TrainProgress } from './protocol.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from './settings.ts';

/** How long a stopped child may take for its last checkpoint. */
const STOP_MS = 1_500;

export interface TrainerOptions {
  /** Absolute path of the bundled `workers/trainer.ts`. */
  entry: string;
  /** @default DEFAULT_ENGINE_SETTINGS */
  settings?: EngineSettings;
  /** Ends the trainer: a running command gives its last checkpoint and throws the signal's reason. */
  signal: AbortSignal;
  /** Each line the child writes to stdout or stderr. */
  log: (line: string) => void;
}

export interface TrainHooks {
  onProgress?: (progress: TrainProgress) => void;
  onPoint?: (point: TrainPoint) => void;
  onCheckpoint?: (checkpoint: Checkpoint) => void;
}

export interface Trainer {
  readonly fingerprint: EngineFingerprint;
  readonly pid: number;
  /** Trains to the end. @throws TrainerCrashed, TrainerOutOfMemory; what the command threw (by `name` and `code`); the signal's reason */
  train(input: TrainInput, hooks?: TrainHooks): Promise<TrainOutput>;
  /** Logits of a file of packed inputs. Throws as `train` does. */
  predict(input: PredictInput): Promise<PredictOutput>;
  /** Any command of the child. One at a time: later ones wait. Throws as `train` does. */
  run<Output>(command: string, input: unknown, onEvent?: (event: never) => void): Promise<Output>;
  /** Ends the child; resolves when it is gone. */
  close(): Promise<void>;
}

/**
 * Starts a child of its own: 0.2 s, and 2 s more when its first command loads TensorFlow, half a second for WebAssembly.
 * @throws EngineNotSetUp; FingerprintMismatch; TrainerCrashed; the signal's reason
 */
export async function startTrainer(options: TrainerOptions): Promise<Trainer> {
  const { entry, settings = DEFAULT_ENGINE_SETTINGS, signal, log } = options;
  const fingerprint = await engineFingerprint(settings);
  signal.throwIfAborted();
  const child = fork(entry, [], {
    env: trainerEnvironment(process.env, settings),
    execArgv: [],
    serialization: 'advanced',
    // The fifth is the lifeline: the child's watchdog sees it close when this process dies, however it dies.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
  });
  const connection = connect(child, log);

  let killer: NodeJS.Timeout | undefined;
  const kill = (): void => void child.kill('SIGKILL');
  const stop = (): void => {
    if (!connection.isBusy()) return kill();
    connection.stop();
    killer = setTimeout(kill, STOP_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', stop);
    kill();
    await connection.ended;
    clearTimeout(killer);
  };
  /** Once the signal is aborted, the child is gone and the reason is what went wrong. */
  const orReason = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!signal.aborted) throw namingMemory(error);
      await close();
      throw signal.reason;
    }
  };
  const run = <Output>(command: string, input: unknown, onEvent?: (event: never) => void): Promise<Output> =>
    orReason(connection.run(command, input, onEvent as (event: unknown) => void) as Promise<Output>);

  try {
    const theirs = await orReason(connection.hello);
    if (!isDeepStrictEqual(theirs, fingerprint)) throw new FingerprintMismatch(fingerprint, theirs);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    fingerprint,
    pid: child.pid!,
    train: (input, hooks = {}) =>
      run<TrainOutput>('train', input, (event: TrainEvent) => {
        if (event.kind === 'progress') hooks.onProgress?.(event.progress);
        else if (event.kind === 'point') hooks.onPoint?.(event.point);
        else hooks.onCheckpoint?.(event.checkpoint);
      }),
    predict: (input) => run<PredictOutput>('predict', input),
    run,
    close,
  };
}
