// An export proves itself: opened from its folder in its own runtime, it answers the whole test split as the trainer did.

import { decodeInputs } from '../../ml/dataset/packed-inputs.ts';
import { largestDifference } from '../../ml/export/golden.ts';
import { INPUT_SIZE } from '../../ml/model.ts';
import { openExported } from '../runtimes/exported.ts';
import type { ExportFormat } from './export-formats.ts';

/** Runtimes differ from the trainer by up to 3.4e-6, as measured; a wrong layer differs by far more than this. */
export const EXPORT_TOLERANCE = 1e-4;

/** Inputs given to the runtime at once: a few megabytes, and an interruption is heard in between. */
const BATCH = 256;
const PIXELS = INPUT_SIZE * INPUT_SIZE;

/** Thrown when an exported model answers otherwise than the trainer did. Nothing is left of the export then. */
export class ExportDisagrees extends Error {
  override readonly name = 'ExportDisagrees';
  readonly retryable = false;
}

export interface ProveExportOptions {
  format: ExportFormat;
  /** Holds the files, under the names they will keep. */
  folder: string;
  classCount: number;
  /** Packed network inputs of the test split, in order. */
  testInputs: readonly Uint8Array[];
  /** The trainer's, [samples, classes]. */
  probabilities: Float32Array;
  onProgress?: (done: number, total: number) => void;
  signal: AbortSignal;
}

export interface ExportProof {
  runtime: string;
  samples: number;
  /** Largest difference of any probability. */
  largestDifference: number;
}

/** @throws ExportDisagrees, RuntimeFailure, MalformedInputs; the signal's reason */
export async function proveExport(options: ProveExportOptions): Promise<ExportProof> {
  const { format, folder, classCount, probabilities, onProgress, signal } = options;
  const inputs = options.testInputs.map(decodeInputs);
  const samples = inputs.reduce((sum, { count }) => sum + count, 0);
  if (samples === 0 || probabilities.length !== samples * classCount)
    throw new ExportDisagrees(
      `${format}: expected the trainer's probabilities of a test split, got ${probabilities.length} numbers for ` +
        `${samples} samples of ${classCount} classes`,
    );
  const runtime = await openExported(format, folder, classCount);
  try {
    let done = 0;
    let largest = 0;
    for (const { count, images } of inputs)
      for (let from = 0; from < count; from += BATCH) {
        await new Promise(setImmediate); // a runtime blocks its thread: Ctrl-C is heard here
        signal.throwIfAborted();
        const size = Math.min(BATCH, count - from);
        const answers = await runtime.run(images.subarray(from * PIXELS, (from + size) * PIXELS), size);
        const expected = probabilities.subarray(done * classCount, (done + size) * classCount);
        largest = Math.max(largest, largestDifference(expected, answers));
        done += size;
        onProgress?.(done, samples);
      }
    if (!(largest <= EXPORT_TOLERANCE))
      throw new ExportDisagrees(
        `${format}: expected ${runtime.name} to give the trainer's probabilities within ${EXPORT_TOLERANCE} on ` +
          `${samples} test samples, got a difference of ${largest}`,
      );
    return { runtime: runtime.name, samples, largestDifference: largest };
  } finally {
    await runtime.dispose();
  }
}
