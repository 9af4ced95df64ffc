// The port of a runtime: it turns network inputs into probabilities, and knows nothing of pictures, classes or decisions.

export interface Runtime {
  readonly name: string;
  /**
   * Probabilities [count, classes] of `count` network inputs. May block its thread: 0.03–1 ms an input.
   * @param inputs [count, 32, 32] bytes; the runtime divides by 255
   */
  run(inputs: Uint8Array, count: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Thrown when a runtime can't load a model, or a model answers in another shape than its record says. */
export class RuntimeFailure extends Error {
  override readonly name = 'RuntimeFailure';
  readonly retryable = false;
}
