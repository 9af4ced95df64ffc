import type { TensorInfo } from '@tensorflow/tfjs-core';
import { eachChannel } from '../channels.ts';
import type { Workspace } from '../workspace.ts';
import type { OpResult } from './op.ts';

/** Adds bias [channels] to the last side of x, in place. */
export function addBias(workspace: Workspace, x: TensorInfo, bias: Float32Array): OpResult {
  const channels = bias.length;
  const values = workspace.floats(x);
  eachChannel(values.length, channels, (channel, start, end) => {
    const constant = bias[channel]!;
    for (let i = start; i < end; i += channels) values[i]! += constant;
  });
  return {
    y: x,
    backward(dy) {
      const gradient = workspace.floats(dy);
      const sums = new Float64Array(channels);
      eachChannel(gradient.length, channels, (channel, start, end) => {
        let sum = 0;
        for (let i = start; i < end; i += channels) sum += gradient[i]!;
        sums[channel]! += sum;
      });
      return { input: dy, weights: { bias: Float32Array.from(sums) } };
    },
  };
}
