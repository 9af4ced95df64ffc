// The files of a model in a format that other programs read.

import { readTfjs } from '../../ml/export/read-tfjs.ts';
import { exportSavedModel } from '../../ml/export/saved-model.ts';
import { ONNX_MODEL_FILE, TFJS_MODEL_FILE, TFJS_WEIGHTS_FILE } from '../../ml/export/names.ts';
import type { RuntimeModel } from '../runtimes/runtime.ts';
import type { ExportFormat } from './export-formats.ts';

export interface ExportFile {
  /** Name in the folder, without a path. */
  name: string;
  bytes: Uint8Array;
}

/** Published files as they are; a SavedModel is made of the TensorFlow.js files. @throws UnsupportedNetwork, RangeError */
export function exportFiles(format: ExportFormat, { onnx, layers, classCount }: RuntimeModel): ExportFile[] {
  switch (format) {
    case 'onnx':
      return [{ name: ONNX_MODEL_FILE, bytes: onnx }];
    case 'tfjs':
      return [
        { name: TFJS_MODEL_FILE, bytes: layers.model },
        { name: TFJS_WEIGHTS_FILE, bytes: layers.weights },
      ];
    case 'savedmodel':
      return [exportSavedModel(readTfjs(layers), classCount)];
  }
}
