// A published network read back from its TensorFlow.js files: what is exported to further formats is then made of bytes
// that a signature covers. It knows the layers that tfjs.ts writes, and no others.

import type { ExportedFile } from './bytes.ts';
import { UnsupportedNetwork, type PlainLayer, type PlainNetwork } from './fold.ts';
import { MODEL_OUTPUT } from './names.ts';

interface KerasLayer {
  class_name: string;
  config: Record<string, unknown>;
}

interface LayersFile {
  modelTopology: { model_config: { config: { layers: KerasLayer[] } } };
  weightsManifest: { weights: { name: string; shape: number[] }[] }[];
}

export interface TfjsFiles {
  /** model.json */
  model: ExportedFile['bytes'];
  /** weights.bin */
  weights: ExportedFile['bytes'];
}

/**
 * The layers, up to the logits, and their weights.
 * @throws UnsupportedNetwork for layers that our export doesn't write, RangeError when the weights don't fit
 */
export function readTfjs({ model, weights: bytes }: TfjsFiles): PlainNetwork {
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(model)) as LayersFile;
  const written = modelTopology.model_config.config.layers;
  const last = written.at(-1);
  if (written[0]?.class_name !== 'InputLayer' || last?.class_name !== 'Softmax' || last.config['name'] !== MODEL_OUTPUT)
    throw new UnsupportedNetwork(
      `layers model: expected layers from an input to a softmax named ${MODEL_OUTPUT}, ` +
        `got ${written[0]?.class_name ?? 'nothing'} to ${last?.class_name ?? 'nothing'}`,
    );
  const layers = written.slice(1, -1).flatMap(plainLayers);
  const weights: PlainNetwork['weights'] = new Map();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const { name, shape } of weightsManifest.flatMap((group) => group.weights)) {
    const size = shape.reduce((product, side) => product * side, 1);
    const start = at;
    at += size * 4;
    if (at > bytes.byteLength) break; // told below, with the whole size
    weights.set(
      name,
      Float32Array.from({ length: size }, (_, index) => view.getFloat32(start + index * 4, true)),
    );
  }
  if (at !== bytes.byteLength)
    throw new RangeError(`weights.bin: expected ${at} bytes by the manifest, got ${bytes.byteLength}`);
  return { layers, weights };
}

/** One or two layers: an activation that was merged into the layer before it comes apart again. */
function plainLayers({ class_name: kind, config }: KerasLayer): PlainLayer[] {
  const relu: PlainLayer[] = config['activation'] === 'relu' ? [{ kind: 'relu' }] : [];
  const name = String(config['name']);
  switch (kind) {
    case 'AveragePooling2D':
    case 'MaxPooling2D': {
      const [size = 0] = config['pool_size'] as number[];
      return [{ kind: kind === 'MaxPooling2D' ? 'maxPool' : 'averagePool', size }];
    }
    case 'Conv2D': {
      const [kernel = 0] = config['kernel_size'] as number[];
      const padding = config['padding'] === 'same' ? 'same' : 'valid';
      return [{ kind: 'conv', name, filters: Number(config['filters']), kernel, padding, bias: true }, ...relu];
    }
    case 'Flatten':
      return [{ kind: 'flatten' }];
    case 'Dense':
      return [{ kind: 'dense', name, units: Number(config['units']) }, ...relu];
    case 'Activation':
      return relu;
    default:
      throw new UnsupportedNetwork(`layers model: expected layers that our export writes, got ${kind}`);
  }
}
