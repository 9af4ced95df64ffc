// Signatures of one SavedModel as functions over typed arrays. It knows how TensorFlow.js runs a graph, and no network.

import { EngineFailure } from '../errors.ts';
import { SAVED_MODEL_TAG } from './saved-model.ts';
import type { TensorFlow } from './tensorflow.ts';

/** Puts another `saved_model.pb` in a folder's place of the first. */
export type ReplaceModel = (savedModel: Uint8Array) => Promise<void>;

/**
 * Lends a folder that holds `saved_model.pb` while `use` runs: TensorFlow opens models by folder only. The folder must
 * be a new one at each call: sessions are shared by folder name, and with them the variables.
 */
export type WithModelFolder = <T>(
  savedModel: Uint8Array,
  use: (folder: string, replace: ReplaceModel) => Promise<T>,
) => Promise<T>;

export interface Feed {
  values: Float32Array | Int32Array;
  shape: number[];
}

export interface Session<Name extends string> {
  /**
   * Runs one signature. Synchronous: blocks its thread until all outputs are there.
   * @returns copies of the outputs by name
   * @throws EngineFailure when TensorFlow refuses or fails
   */
  run(signature: Name, feeds: Record<string, Feed>): Record<string, Float32Array | Int32Array>;
  /** Frees the session and its variables. */
  dispose(): void;
}

/**
 * Loads the named signatures of a SavedModel.
 * @param onLoaded called when TensorFlow holds the graph. The folder's file is then read for signatures only, whole for
 *   each name: one without nodes may take its place. @default the file stays
 * @throws EngineFailure when TensorFlow refuses the graph
 */
export async function openSession<Name extends string>(
  tf: TensorFlow,
  folder: string,
  names: readonly Name[],
  onLoaded: () => Promise<void> = () => Promise.resolve(),
): Promise<Session<Name>> {
  const signatures = new Map<string, Awaited<ReturnType<TensorFlow['node']['loadSavedModel']>>>();
  const dispose = (): void => {
    for (const signature of signatures.values()) signature.dispose();
    signatures.clear();
  };
  try {
    for (const name of names) {
      signatures.set(name, await tf.node.loadSavedModel(folder, [SAVED_MODEL_TAG], name));
      if (signatures.size === 1) await onLoaded();
    }
  } catch (cause) {
    dispose();
    throw new EngineFailure(`graph: TensorFlow can't open it: ${messageOf(cause)}`, { cause });
  }

  return {
    run(name, feeds) {
      const signature = signatures.get(name);
      if (signature === undefined) throw new EngineFailure(`graph: signature ${name} of a session that was disposed`);
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([key, { values, shape }]) => [
          key,
          tf.tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32'),
        ]),
      );
      try {
        const outputs = Object.entries(signature.predict(inputs) as Record<string, ReturnType<TensorFlow['tensor']>>);
        return Object.fromEntries(
          outputs.map(([key, tensor]) => {
            const values = tensor.dataSync<'float32' | 'int32'>();
            tensor.dispose();
            return [key, values];
          }),
        );
      } catch (cause) {
        throw new EngineFailure(`graph: signature ${name} failed: ${messageOf(cause)}`, { cause });
      } finally {
        for (const input of Object.values(inputs)) input.dispose();
      }
    },
    dispose,
  };
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
