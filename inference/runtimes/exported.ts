// A model that was exported, opened from its folder in the runtime it was exported for.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { openLayersFolder, openSavedModel, type ExportedModel } from '../../ml/engines/exported-model.ts';
import { ONNX_MODEL_FILE } from '../../ml/export/names.ts';
import type { ExportFormat } from '../export/export-formats.ts';
import { layersRuntime } from './layers-runtime.ts';
import { createOnnxRuntime } from './onnx.ts';
import { RuntimeFailure, type Runtime } from './runtime.ts';

/** @throws RuntimeFailure when the folder holds no model of that format, or the runtime can't be had */
export async function openExported(format: ExportFormat, folder: string, classCount: number): Promise<Runtime> {
  if (format === 'onnx')
    return createOnnxRuntime({ model: await readFile(path.join(folder, ONNX_MODEL_FILE)), classCount });
  const open = format === 'tfjs' ? openLayersFolder : openSavedModel;
  let model: ExportedModel;
  try {
    model = await open(folder);
  } catch (cause) {
    throw new RuntimeFailure(`expected a folder that TensorFlow can open as ${format}`, { cause });
  }
  return layersRuntime('tfjs-node', model, classCount);
}
