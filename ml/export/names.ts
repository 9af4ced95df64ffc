// Names in and of exported files, for those who read them: a runtime need not load what writes them.

export const MODEL_INPUT = 'image';
export const MODEL_OUTPUT = 'probabilities';

export const ONNX_MODEL_FILE = 'model.onnx';
export const TFJS_MODEL_FILE = 'model.json';
export const TFJS_WEIGHTS_FILE = 'weights.bin';
