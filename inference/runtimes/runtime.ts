// The port of a runtime: it turns network inputs into probabilities, and knows nothing of pictures, classes or decisions.

import { INPUT_SIZE } from '../../ml/model.ts';

const PIXELS = INPUT_SIZE * INPUT_SIZE;

export interface Runtime {
  readonly name: string;
  /**
   * Probabilities [count, classes] of `count` network inputs. May block its thread: 0.03–1 ms an input.
   * @param inputs [count, 32, 32] bytes; the runtime divides by 255
   * @throws RangeError for another number of bytes, RuntimeFailure
   */
  run(inputs: Uint8Array, count: number): Promise<Float32Array>;
  /**
   * The same for inputs that were divided already.
   * @param values [count, 32, 32, 1] float32 in [0, 1]
   * @throws RangeError for another number of values, RuntimeFailure
   */
  runValues(values: Float32Array, count: number): Promise<Float32Array>;
  /** Gives back what the model holds. Nothing may run then or afterwards. */
  dispose(): Promise<void>;
}

/** A published model as files; each runtime reads those of its own format. */
export interface RuntimeModel {
  /** Bytes of model.onnx. */
  onnx: Uint8Array;
  /** Bytes of model.json and weights.bin. */
  layers: { model: Uint8Array; weights: Uint8Array };
  classCount: number;
}

/** Thrown when a runtime can't load a model, or a model answers in another shape than its record says. */
export class RuntimeFailure extends Error {
  override readonly name = 'RuntimeFailure';
  readonly retryable = false;
}

/** @throws RangeError when there are not `count` network inputs, or none */
export function checkInputs(inputs: ArrayLike<number>, count: number): void {
  if (!(count >= 1 && inputs.length === count * PIXELS))
    throw new RangeError(
      `inputs: expected ${count} × ${PIXELS} values of at least one input, got ${inputs.length} values`,
    );
}

/** Bytes as a network reads them: [count, 32, 32] → [count, 32, 32, 1] in [0, 1]. @throws RangeError */
export function valuesOf(inputs: Uint8Array, count: number): Float32Array {
  checkInputs(inputs, count);
  const values = new Float32Array(inputs.length);
  for (let index = 0; index < inputs.length; index++) values[index] = inputs[index]! / 255;
  return values;
}

/** @throws RuntimeFailure when there are not `count` rows of `classCount` */
export function checkProbabilities(
  probabilities: unknown,
  count: number,
  classCount: number,
): asserts probabilities is Float32Array {
  if (!(probabilities instanceof Float32Array) || probabilities.length !== count * classCount)
    throw new RuntimeFailure(
      `expected ${count} × ${classCount} probabilities, got ` +
        (probabilities instanceof Float32Array ? `${probabilities.length} numbers` : typeof probabilities),
    );
}
