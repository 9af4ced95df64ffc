// Both exports must answer what the trainer answered, on every sample of the test split, before anything is published.

import type { EngineName } from '../ml/engine.ts';
import type { ExportedFile } from '../ml/export/bytes.ts';
import { largestDifference } from '../ml/export/golden.ts';
import type { StepProgress } from './step.ts';
import type { LayersInput, OnnxInput, PublishedOutput } from './trainer/protocol.ts';
import type { Trainer } from './trainer/start-trainer.ts';

/** Runtimes differ from tfjs-node by up to 3.4e-6, as measured; a wrong layer differs by far more than this. */
const TOLERANCE = 1e-4;

export interface ExportedModel {
  /** model.json and weights.bin. */
  layers: ExportedFile[];
  onnx: ExportedFile;
}

/** Largest difference of any probability, by format. */
export interface Agreement {
  tfjs: number;
  onnx: number;
}

/** Thrown when an exported file answers otherwise than the trainer did: a mistake in code, never published. */
export class ExportDisagrees extends Error {
  override readonly name = 'ExportDisagrees';
  readonly code = 'ExportDisagrees';
  readonly retryable = false;
  constructor(format: string, difference: number) {
    super(
      `${format} export: expected the trainer's probabilities within ${TOLERANCE}, got a difference of ${difference}`,
    );
  }
}

export interface ExportCheck {
  /** Opens the TensorFlow.js files. */
  engine: EngineName;
  exported: ExportedModel;
  /** The trainer's, [samples, classes]. */
  probabilities: Float32Array;
  /** Files of packed inputs, in order. */
  testFiles: string[];
  classCount: number;
  progress: (progress: StepProgress) => void;
}

/** @throws ExportDisagrees */
export async function checkExports(
  trainer: Pick<Trainer, 'run'>,
  { engine, exported, probabilities, testFiles, classCount, progress }: ExportCheck,
): Promise<Agreement> {
  const [model, weights] = exported.layers.map(({ bytes }) => bytes) as [Uint8Array, Uint8Array];
  const agreement: Agreement = { tfjs: 0, onnx: 0 };
  let at = 0;
  for (const [done, inputsFile] of testFiles.entries()) {
    progress({ done, total: testFiles.length, unit: 'blobs', note: 'checking the exports' });
    const onnxInput: OnnxInput = { model: exported.onnx.bytes, classCount, inputsFile };
    const layersInput: LayersInput = { engine, model, weights, inputsFile };
    const onnx = (await trainer.run<PublishedOutput>('onnx', onnxInput)).probabilities;
    const tfjs = (await trainer.run<PublishedOutput>('layers', layersInput)).probabilities;
    const expected = probabilities.subarray(at, at + onnx.length);
    at += onnx.length;
    agreement.onnx = Math.max(agreement.onnx, largestDifference(expected, onnx));
    agreement.tfjs = Math.max(agreement.tfjs, largestDifference(expected, tfjs));
  }
  if (!(agreement.onnx <= TOLERANCE)) throw new ExportDisagrees('ONNX', agreement.onnx);
  if (!(agreement.tfjs <= TOLERANCE)) throw new ExportDisagrees('TensorFlow.js', agreement.tfjs);
  return agreement;
}
