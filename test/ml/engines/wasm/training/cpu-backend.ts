// The plain JavaScript backend of TensorFlow.js beside ours: slow, and written by others.

import * as tf from '@tensorflow/tfjs';
import { openKernels } from '../../../../../ml/engines/wasm/training/kernels.ts';
import type { Kernels } from '../../../../../ml/engines/wasm/training/workspace.ts';
import { engineHost } from '../../../../../activities/trainer/child/open.ts';

export { tf };

/** Our kernels, while TensorFlow.js itself computes by the cpu backend. */
export async function openKernelsBesideCpu(): Promise<Kernels> {
  const kernels = await openKernels(await engineHost.readWasmBinary());
  await tf.setBackend('cpu');
  return kernels;
}
