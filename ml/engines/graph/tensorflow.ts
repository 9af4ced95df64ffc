// The one place that loads TensorFlow.

import type * as tfjsNode from '@tensorflow/tfjs-node';
import { EngineFailure } from '../errors.ts';

export type TensorFlow = typeof tfjsNode;

/**
 * TensorFlow.js with its native binding. Its settings (oneDNN, threads, instruction set) are read from the environment
 * at the first load and can't be changed afterwards.
 * @throws EngineFailure when the binding or libtensorflow is missing or can't be loaded
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  restoreUtilFunctions();
  try {
    const module = (await import('@tensorflow/tfjs-node')) as TensorFlow & { default?: TensorFlow };
    return module.default ?? module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new EngineFailure(`TensorFlow can't be loaded: ${reason}. Run the setup again (npm start).`, { cause });
  }
}

/** TensorFlow.js 4.22 calls two functions of node:util that Node 23 removed. */
function restoreUtilFunctions(): void {
  const util = process.getBuiltinModule('node:util') as unknown as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown): boolean => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}
