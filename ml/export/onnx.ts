// A network as an ONNX file (opset 13, IR 8), written without Python. It uses only Reshape, AveragePool, Conv, Relu,
// MaxPool, Gemm and Softmax. Equal networks give equal bytes. ONNX pictures are [batch, channels, height, width], ours
// [batch, height, width, channels]: kernels are turned round, and so are the rows of the dense layer after a flatten.

import { INPUT_SIZE } from '../model.ts';
import type { ExportedFile } from './bytes.ts';
import { foldBatchNorm, UnsupportedNetwork, weightOf, type ExportNetwork, type PlainLayer } from './fold.ts';
import { MODEL_INPUT, MODEL_OUTPUT, ONNX_MODEL_FILE } from './names.ts';
import { createGraphWriter, type GraphWriter } from './onnx-graph.ts';
import { shapesOf, type Shape } from './shapes.ts';

/**
 * Input `image` [N, 32, 32, 1] float32 in [0, 1]; output `probabilities` [N, classes]. Class names stand in the metadata
 * as a JSON array under `classes`.
 * @throws UnsupportedNetwork or RangeError when layers and weights don't belong together
 */
export function exportOnnx({ layers, weights, classes }: ExportNetwork): ExportedFile {
  const plain = foldBatchNorm(layers, weights);
  const shapes = shapesOf(plain.layers, classes.length);
  const graph = createGraphWriter({ name: MODEL_INPUT, shape: ['N', INPUT_SIZE, INPUT_SIZE, 1] });
  // One channel: moving it to the front moves no number.
  graph.node('Reshape', [graph.shape('pictureShape', [-1, 1, INPUT_SIZE, INPUT_SIZE])]);
  plain.layers.forEach((layer, index) => {
    const flattened =
      layer.kind === 'dense' && plain.layers[index - 1]?.kind === 'flatten' ? shapes[index - 1] : undefined;
    writeLayer(graph, layer, {
      read: (part) => weightOf(plain.weights, part),
      before: shapes[index]!,
      after: shapes[index + 1]!,
      flattened,
    });
  });
  graph.node('Softmax', [], { axis: 1 }, MODEL_OUTPUT);
  const bytes = graph.finish({
    output: { name: MODEL_OUTPUT, shape: ['N', classes.length] },
    metadata: { classes: JSON.stringify(classes) },
  });
  return { name: ONNX_MODEL_FILE, bytes };
}

interface Surroundings {
  read: (name: string) => Float32Array;
  before: Shape;
  after: Shape;
  /** What was flattened right before a dense layer. */
  flattened: Shape | undefined;
}

function writeLayer(graph: GraphWriter, layer: PlainLayer, { read, before, after, flattened }: Surroundings): void {
  switch (layer.kind) {
    case 'averagePool':
    case 'maxPool': {
      const sides = [layer.size, layer.size];
      graph.node(layer.kind === 'maxPool' ? 'MaxPool' : 'AveragePool', [], { kernel_shape: sides, strides: sides });
      break;
    }
    case 'conv': {
      const { name, kernel, filters } = layer;
      if (layer.padding === 'same' && kernel % 2 === 0)
        throw new UnsupportedNetwork(`'${name}': expected an odd kernel with padding 'same', got ${kernel}`);
      const pad = layer.padding === 'same' ? (kernel - 1) / 2 : 0;
      const turned = turnedKernel(read(`${name}/kernel`), kernel, before.channels, filters);
      graph.node(
        'Conv',
        [
          graph.floats(`${name}/kernel`, [filters, before.channels, kernel, kernel], turned),
          graph.floats(`${name}/bias`, [filters], read(`${name}/bias`)),
        ],
        { kernel_shape: [kernel, kernel], strides: [1, 1], pads: [pad, pad, pad, pad] },
      );
      break;
    }
    case 'relu':
      graph.node('Relu', []);
      break;
    case 'flatten':
      graph.node('Reshape', [graph.shape('featuresShape', [-1, after.channels])]);
      break;
    case 'dense': {
      const { name } = layer;
      const kernel = read(`${name}/kernel`);
      const rows = flattened === undefined ? kernel : turnedRows(kernel, flattened, after.channels);
      graph.node('Gemm', [
        graph.floats(`${name}/kernel`, [before.channels, after.channels], rows),
        graph.floats(`${name}/bias`, [after.channels], read(`${name}/bias`)),
      ]);
      break;
    }
  }
}

/** [height, width, in, out] → [out, in, height, width]. */
function turnedKernel(kernel: Float32Array, side: number, channels: number, filters: number): Float32Array {
  const turned = new Float32Array(kernel.length);
  let index = 0;
  for (let place = 0; place < side * side; place++)
    for (let channel = 0; channel < channels; channel++)
      for (let filter = 0; filter < filters; filter++)
        turned[(filter * channels + channel) * side * side + place] = kernel[index++]!;
  return turned;
}

/** Rows in the order [height, width, channel] → rows in the order [channel, height, width]. */
function turnedRows(kernel: Float32Array, { size, channels }: Shape, units: number): Float32Array {
  const turned = new Float32Array(kernel.length);
  for (let place = 0; place < size * size; place++)
    for (let channel = 0; channel < channels; channel++) {
      const row = (place * channels + channel) * units;
      turned.set(kernel.subarray(row, row + units), (channel * size * size + place) * units);
    }
  return turned;
}
