import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Random } from '../../../../random.ts';
import type { Workspace } from '../workspace.ts';
import type { OpResult } from './op.ts';

/**
 * Sets a share of the elements to zero and scales the others by 1 / (1 − rate), in place.
 * @param rate 0 ≤ rate < 1
 * @param random stands where the mask begins: the mask depends on nothing else, so a resumed run drops the same elements
 */
export function dropout(workspace: Workspace, x: TensorInfo, rate: number, random: Random): OpResult {
  const values = workspace.floats(x);
  const mask = new Float32Array(values.length);
  for (let i = 0; i < mask.length; i++) mask[i] = random.uniform() >= rate ? 1 / (1 - rate) : 0;
  for (let i = 0; i < mask.length; i++) values[i]! *= mask[i]!;
  return {
    y: x,
    backward(dy) {
      const gradient = workspace.floats(dy);
      for (let i = 0; i < mask.length; i++) gradient[i]! *= mask[i]!;
      return { input: dy };
    },
  };
}
