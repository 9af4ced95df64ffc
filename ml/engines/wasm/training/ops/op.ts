import type { TensorInfo } from '@tensorflow/tfjs-core';

/** What an op's backward pass gives. */
export interface Gradients {
  /** Of the op's input, shaped like it; absent where nobody asked for it. */
  input?: TensorInfo | undefined;
  /** Of the op's weights, by the last part of their names, e.g. `kernel`. */
  weights?: Record<string, Float32Array>;
}

/**
 * From the gradient of the output to the gradients of what went in. May overwrite its argument. Called once at most.
 * @param isInputNeeded false for the first op with weights: nothing is trained before it
 */
export type Backward = (dy: TensorInfo, isInputNeeded: boolean) => Gradients;

export interface OpResult {
  y: TensorInfo;
  backward: Backward;
}
