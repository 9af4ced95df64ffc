// The networks, each written once: training graph, evaluation graph, TensorFlow.js and ONNX exports all read these lists.
// Input: [batch, 32, 32, 1] float32 in [0, 1]. Output: one logit a class; the softmax belongs to the loss and the exports.

export const INPUT_SIZE = 32;

export type Layer =
  | { kind: 'averagePool'; size: number }
  | { kind: 'maxPool'; size: number }
  | { kind: 'conv'; name: string; filters: number; kernel: number; padding: 'same' | 'valid'; bias: boolean }
  | { kind: 'batchNorm'; name: string }
  | { kind: 'relu' }
  | { kind: 'dropout'; rate: number }
  | { kind: 'flatten' }
  | { kind: 'dense'; name: string; units: number | 'classes' };

export type NetworkName = 'compact' | 'larger' | 'reference';

export const BATCH_NORM_EPSILON = 1e-3;

const convBlock = (name: string, filters: number): Layer[] => [
  { kind: 'conv', name, filters, kernel: 3, padding: 'same', bias: false },
  { kind: 'batchNorm', name: `${name}-norm` },
  { kind: 'relu' },
];

const stacked = (first: number): Layer[] => [
  { kind: 'averagePool', size: 2 }, //                         [batch, 16, 16, 1]
  ...convBlock('conv1', first), //                             [batch, 16, 16, first]
  { kind: 'maxPool', size: 2 }, //                             [batch, 8, 8, first]
  ...convBlock('conv2', first * 2), //                         [batch, 8, 8, 2 × first]
  { kind: 'maxPool', size: 2 }, //                             [batch, 4, 4, 2 × first]
  ...convBlock('conv3', first * 4), //                         [batch, 4, 4, 4 × first]
  { kind: 'flatten' }, //                                      [batch, 64 × first]
  { kind: 'dense', name: 'logits', units: 'classes' }, //      [batch, classes]
];

const reference: Layer[] = [
  { kind: 'conv', name: 'conv1', filters: 60, kernel: 5, padding: 'valid', bias: true }, // [batch, 28, 28, 60]
  { kind: 'relu' },
  { kind: 'conv', name: 'conv2', filters: 60, kernel: 5, padding: 'valid', bias: true }, // [batch, 24, 24, 60]
  { kind: 'relu' },
  { kind: 'maxPool', size: 2 }, //                                                          [batch, 12, 12, 60]
  { kind: 'conv', name: 'conv3', filters: 30, kernel: 3, padding: 'valid', bias: true }, // [batch, 10, 10, 30]
  { kind: 'relu' },
  { kind: 'conv', name: 'conv4', filters: 30, kernel: 3, padding: 'valid', bias: true }, // [batch, 8, 8, 30]
  { kind: 'relu' },
  { kind: 'maxPool', size: 2 }, //                                                          [batch, 4, 4, 30]
  { kind: 'dropout', rate: 0.5 },
  { kind: 'flatten' }, //                                                                   [batch, 480]
  { kind: 'dense', name: 'hidden', units: 500 }, //                                         [batch, 500]
  { kind: 'relu' },
  { kind: 'dropout', rate: 0.5 },
  { kind: 'dense', name: 'logits', units: 'classes' }, //                                   [batch, classes]
];

export const networks: Record<NetworkName, Layer[]> = {
  compact: stacked(16), //   33.7k parameters, 3.75 MFLOP a training sample
  larger: stacked(32), //    114k parameters
  reference, //              361,490 parameters with ten classes, 330 MFLOP a training sample: the Keras script's
};

/** What the optimizer does with a variable: `weight` decays, `gain` (bias, scale, offset) does not, `statistic` is not trained. */
export type ParameterKind = 'weight' | 'gain' | 'statistic';

export interface Parameter {
  /** e.g. `conv1/kernel`, `conv1/bias`, `conv1-norm/gamma|beta|mean|variance`, `logits/kernel`. */
  name: string;
  /** kernels: [height, width, in, out] or [in, out]; all others: [channels]. */
  shape: number[];
  kind: ParameterKind;
}

/** Every parameter of a network in the order of its layers: the layout of the weights vector. */
export function parametersOf(layers: Layer[], classCount: number): Parameter[] {
  const parameters: Parameter[] = [];
  let size = INPUT_SIZE;
  let channels = 1;
  let features = 0;
  for (const layer of layers) {
    switch (layer.kind) {
      case 'averagePool':
      case 'maxPool':
        size = Math.floor(size / layer.size);
        break;
      case 'conv':
        parameters.push({
          name: `${layer.name}/kernel`,
          shape: [layer.kernel, layer.kernel, channels, layer.filters],
          kind: 'weight',
        });
        if (layer.bias) parameters.push({ name: `${layer.name}/bias`, shape: [layer.filters], kind: 'gain' });
        channels = layer.filters;
        if (layer.padding === 'valid') size -= layer.kernel - 1;
        break;
      case 'batchNorm':
        for (const [part, kind] of [
          ['gamma', 'gain'],
          ['beta', 'gain'],
          ['mean', 'statistic'],
          ['variance', 'statistic'],
        ] as const)
          parameters.push({ name: `${layer.name}/${part}`, shape: [channels], kind });
        break;
      case 'relu':
      case 'dropout':
        break;
      case 'flatten':
        features = size * size * channels;
        break;
      case 'dense': {
        const units = layer.units === 'classes' ? classCount : layer.units;
        parameters.push({ name: `${layer.name}/kernel`, shape: [features, units], kind: 'weight' });
        parameters.push({ name: `${layer.name}/bias`, shape: [units], kind: 'gain' });
        features = units;
        break;
      }
    }
  }
  return parameters;
}

export const sizeOf = (shape: number[]): number => shape.reduce((product, side) => product * side, 1);

/** The weights of a network by parameter name; values [shape] float32. */
export type Weights = Map<string, Float32Array>;

/** Cuts one flat vector, laid out as `parametersOf`, into views by name. Thrown when the length does not fit: RangeError. */
export function weightsFromVector(parameters: Parameter[], vector: Float32Array): Weights {
  const total = parameters.reduce((sum, parameter) => sum + sizeOf(parameter.shape), 0);
  if (vector.length !== total) throw new RangeError(`weights: expected ${total} numbers, got ${vector.length}`);
  const weights: Weights = new Map();
  let offset = 0;
  for (const { name, shape } of parameters) {
    weights.set(name, vector.subarray(offset, offset + sizeOf(shape)));
    offset += sizeOf(shape);
  }
  return weights;
}
