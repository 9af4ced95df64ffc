import type { TensorInfo } from '@tensorflow/tfjs-core';
import { eachChannel } from '../channels.ts';
import type { Workspace } from '../workspace.ts';
import type { OpResult } from './op.ts';

export interface BatchNormOptions {
  /** Added to the variance. */
  epsilon: number;
  /** [channels] */
  gamma: Float32Array;
  /** [channels] */
  beta: Float32Array;
}

/**
 * Normalises each channel by the mean and variance of this batch, then scales by gamma and shifts by beta. Sums are kept
 * in double precision.
 * @param x [batch, height, width, channels]
 * @returns y like x, and the batch's mean and variance [channels]; the variance is Bessel-corrected (n / (n − 1)), as
 *   TensorFlow averages it
 */
export function batchNorm(
  workspace: Workspace,
  x: TensorInfo,
  { epsilon, gamma, beta }: BatchNormOptions,
): OpResult & { mean: Float64Array; variance: Float64Array } {
  const channels = gamma.length;
  const { mean, variance, count } = momentsOf(workspace.floats(x), channels);
  const inverse = variance.map((each) => 1 / Math.sqrt(each + epsilon)); // 1 / deviation
  const scale = inverse.map((each, c) => each * gamma[c]!);
  const shift = scale.map((each, c) => beta[c]! - mean[c]! * each);
  return {
    y: scaled(workspace, x, scale, shift),
    mean,
    variance: variance.map((each) => (each * count) / (count - 1)),
    backward(dy, isInputNeeded) {
      const [values, gradient] = [workspace.floats(x), workspace.floats(dy)];
      const ofBeta = new Float64Array(channels);
      const withValues = new Float64Array(channels); // Σ dy × x
      eachChannel(values.length, channels, (channel, start, end) => {
        let sum = 0;
        let products = 0;
        for (let i = start; i < end; i += channels) {
          const each = gradient[i]!;
          sum += each;
          products += each * values[i]!;
        }
        ofBeta[channel]! += sum;
        withValues[channel]! += products;
      });
      const ofGamma = withValues.map((sum, c) => (sum - mean[c]! * ofBeta[c]!) * inverse[c]!);
      if (isInputNeeded) {
        // dx = scale × (dy − mean of dy − normal x × mean of dy × normal x), as one line in dy and x.
        const perX = scale.map((each, c) => (-each * inverse[c]! * ofGamma[c]!) / count);
        const rest = scale.map((each, c) => (-each * ofBeta[c]!) / count - perX[c]! * mean[c]!);
        eachChannel(values.length, channels, (channel, start, end) => {
          const [ofDy, ofX, constant] = [scale[channel]!, perX[channel]!, rest[channel]!];
          for (let i = start; i < end; i += channels) gradient[i] = ofDy * gradient[i]! + ofX * values[i]! + constant;
        });
      }
      return { input: dy, weights: { gamma: Float32Array.from(ofGamma), beta: Float32Array.from(ofBeta) } };
    },
  };
}

/** Normalises each channel by running statistics [channels], in place: only for prediction. */
export function frozenBatchNorm(
  workspace: Workspace,
  x: TensorInfo,
  { epsilon, gamma, beta, mean, variance }: BatchNormOptions & { mean: Float32Array; variance: Float32Array },
): TensorInfo {
  const scale = Float64Array.from(gamma, (each, c) => each / Math.sqrt(variance[c]! + epsilon));
  const shift = scale.map((each, c) => beta[c]! - mean[c]! * each);
  return scaled(workspace, x, scale, shift, x);
}

function momentsOf(values: Float32Array, channels: number) {
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  eachChannel(values.length, channels, (channel, start, end) => {
    let sum = 0;
    let square = 0;
    for (let i = start; i < end; i += channels) {
      const value = values[i]!;
      sum += value;
      square += value * value;
    }
    sums[channel]! += sum;
    squares[channel]! += square;
  });
  const count = values.length / channels;
  const mean = sums.map((sum) => sum / count);
  const variance = squares.map((sum, c) => Math.max(0, sum / count - mean[c]! * mean[c]!));
  return { mean, variance, count };
}

function scaled(
  workspace: Workspace,
  x: TensorInfo,
  scale: Float64Array,
  shift: Float64Array,
  y = workspace.allocate(x.shape),
): TensorInfo {
  const [from, to] = [workspace.floats(x), workspace.floats(y)];
  const channels = scale.length;
  eachChannel(from.length, channels, (channel, start, end) => {
    const [factor, constant] = [scale[channel]!, shift[channel]!];
    for (let i = start; i < end; i += channels) to[i] = factor * from[i]! + constant;
  });
  return y;
}
