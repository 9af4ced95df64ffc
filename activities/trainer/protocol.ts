// What the worker and its trainer child say to each other over the child's message channel, typed arrays included.

import type { EngineFingerprint, EngineName } from '../../ml/engine.ts';
import type { NetworkName } from '../../ml/model.ts';
import type { Checkpoint, TrainParameters, TrainPoint } from '../../ml/train.ts';
import type { ThreadError } from '../threads/messages.ts';

/** The child's end of the pipe that closes when the worker dies. 0–2 are the usual streams, 3 the message channel. */
export const LIFELINE_FD = 4;

export type ToTrainer = { kind: 'run'; id: number; command: string; input: unknown } | { kind: 'stop' };

export type FromTrainer =
  | { kind: 'hello'; fingerprint: EngineFingerprint }
  | { kind: 'event'; id: number; event: unknown }
  | { kind: 'done'; id: number; output: unknown }
  | { kind: 'failed'; id: number; error: ThreadError };

export interface TrainInput {
  engine: EngineName;
  classCount: number;
  parameters: TrainParameters;
  /** Files of packed inputs, in the order of the pool's parts. */
  poolFiles: string[];
  validationFile: string;
  /** Where to go on. @default from new weights */
  from?: Checkpoint | undefined;
  /** A checkpoint follows the first step after this time, and the first one after each validation. */
  checkpointEveryMs: number;
}

export type TrainEvent =
  | { kind: 'progress'; progress: TrainProgress }
  | { kind: 'point'; point: TrainPoint }
  | { kind: 'checkpoint'; checkpoint: Checkpoint };

export interface TrainProgress {
  trainStep: number;
  trainSteps: number;
  rate: number;
  /** Mean over the steps since the last progress. */
  loss: number;
  /** 0–1, over the same steps. */
  accuracy: number;
  samplesPerSecond: number;
  remainingMs: number;
}

export interface TrainOutput {
  /** The last state and the whole history. */
  checkpoint: Checkpoint;
  /** Laid out as `parametersOf`. */
  weights: Float32Array;
}

export interface PredictInput {
  engine: EngineName;
  network: NetworkName;
  classCount: number;
  /** Laid out as `parametersOf`. */
  weights: Float32Array;
  /** A file of packed inputs. */
  inputsFile: string;
}

export interface PredictOutput {
  /** [count, classCount] */
  logits: Float32Array;
}

/** Of the command `onnx`. */
export interface OnnxInput {
  /** Bytes of model.onnx. */
  model: Uint8Array;
  classCount: number;
  /** A file of packed inputs. */
  inputsFile: string;
}

/** Of the command `layers`. */
export interface LayersInput {
  /** Which library opens them. */
  engine: EngineName;
  /** Bytes of model.json. */
  model: Uint8Array;
  /** Bytes of weights.bin. */
  weights: Uint8Array;
  /** A file of packed inputs. */
  inputsFile: string;
}

export interface PublishedOutput {
  /** [count, classCount] */
  probabilities: Float32Array;
}
