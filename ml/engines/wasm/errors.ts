/**
 * Thrown when a model's files are not a TensorFlow.js layers model as this house publishes it: another format, a layer
 * class or a setting outside the list, weights of other shapes. Not worth a retry: the same bytes fail again.
 */
export class UnsupportedModel extends Error {
  override readonly name = 'UnsupportedModel';
  readonly retryable = false;
}

/** Thrown when WebAssembly refuses the backend's binary, or another backend has taken TensorFlow.js over. */
export class WasmFailure extends Error {
  override readonly name = 'WasmFailure';
  readonly retryable = false;
}
