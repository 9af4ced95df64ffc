// Networks with seeded weights of a sensible size, pictures to read, and a plain forward pass to compare runtimes with:
// it reads the layers as they are trained, batch norm and dropout included, so it shares nothing with the exports.

import { exp } from '../../../ml/math.ts';
import {
  BATCH_NORM_EPSILON,
  INPUT_SIZE,
  networks,
  parametersOf,
  sizeOf,
  type Layer,
  type NetworkName,
  type Weights,
} from '../../../ml/model.ts';
import { createRandom } from '../../../ml/random.ts';

export const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'];

/** Kernels as He's initialisation, everything else away from its neutral value, so that a forgotten part shows. */
export function seededWeights(name: NetworkName, classCount = CLASSES.length): Weights {
  const random = createRandom(11);
  const weights: Weights = new Map();
  for (const { name: parameter, shape } of parametersOf(networks[name], classCount)) {
    const deviation = Math.sqrt(2 / sizeOf(shape.slice(0, -1)));
    const value = (): number => {
      if (parameter.endsWith('/kernel')) return random.normal() * deviation;
      if (parameter.endsWith('/gamma') || parameter.endsWith('/variance')) return random.between(0.5, 1.5);
      return random.normal() * 0.2;
    };
    weights.set(parameter, Float32Array.from({ length: sizeOf(shape) }, value));
  }
  return weights;
}

/** [count, 32, 32, 1] float32 in [0, 1]. */
export function seededImages(count: number): Float32Array {
  const random = createRandom(12);
  return Float32Array.from({ length: count * INPUT_SIZE * INPUT_SIZE }, () => random.integer(256) / 255);
}

interface Picture {
  size: number;
  channels: number;
  /** [size, size, channels] */
  values: Float64Array;
}

/** Probabilities [count, classes] in double precision. */
export function forward(layers: Layer[], weights: Weights, images: Float32Array): Float64Array[] {
  const pixels = INPUT_SIZE * INPUT_SIZE;
  return Array.from({ length: images.length / pixels }, (_, index) => {
    const values = Float64Array.from(images.subarray(index * pixels, (index + 1) * pixels));
    let picture: Picture = { size: INPUT_SIZE, channels: 1, values };
    for (const layer of layers) picture = apply(layer, weights, picture);
    const largest = Math.max(...picture.values);
    const exponents = picture.values.map((value) => exp(value - largest));
    const sum = exponents.reduce((total, value) => total + value, 0);
    return exponents.map((value) => value / sum);
  });
}

function apply(layer: Layer, weights: Weights, picture: Picture): Picture {
  let next = picture;
  switch (layer.kind) {
    case 'dropout':
      break;
    case 'relu':
      next = { ...picture, values: picture.values.map((value) => Math.max(0, value)) };
      break;
    case 'flatten':
      next = { size: 1, channels: picture.values.length, values: picture.values };
      break;
    case 'batchNorm':
      next = normalised(layer.name, weights, picture);
      break;
    case 'averagePool':
    case 'maxPool':
      next = pooled(layer, picture);
      break;
    case 'conv':
      next = convolved(layer, weights, picture);
      break;
    case 'dense':
      next = multiplied(layer.name, weights, picture);
      break;
  }
  return next;
}

function normalised(name: string, weights: Weights, picture: Picture): Picture {
  const part = (suffix: string): Float32Array => weights.get(`${name}/${suffix}`)!;
  const [gamma, beta, mean, variance] = [part('gamma'), part('beta'), part('mean'), part('variance')];
  const normal = (value: number, c: number): number =>
    ((value - mean[c]!) / Math.sqrt(variance[c]! + BATCH_NORM_EPSILON)) * gamma[c]! + beta[c]!;
  return { ...picture, values: picture.values.map((value, index) => normal(value, index % picture.channels)) };
}

function pooled(layer: Extract<Layer, { size: number }>, { size, channels, values }: Picture): Picture {
  const side = Math.floor(size / layer.size);
  const out = new Float64Array(side * side * channels);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < channels; c++) {
        const seen: number[] = [];
        for (let dy = 0; dy < layer.size; dy++)
          for (let dx = 0; dx < layer.size; dx++)
            seen.push(values[((y * layer.size + dy) * size + x * layer.size + dx) * channels + c]!);
        const sum = seen.reduce((total, value) => total + value, 0);
        out[(y * side + x) * channels + c] = layer.kind === 'maxPool' ? Math.max(...seen) : sum / seen.length;
      }
  return { size: side, channels, values: out };
}

function convolved(layer: Extract<Layer, { kind: 'conv' }>, weights: Weights, picture: Picture): Picture {
  const { size, channels, values } = picture;
  const { kernel, filters } = layer;
  const numbers = weights.get(`${layer.name}/kernel`)!;
  const bias = layer.bias ? weights.get(`${layer.name}/bias`)! : new Float32Array(filters);
  const pad = layer.padding === 'same' ? (kernel - 1) / 2 : 0;
  const side = size + 2 * pad - kernel + 1;
  const out = new Float64Array(side * side * filters);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const place = (y * side + x) * filters;
      out.set(bias, place);
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++) {
          const [sy, sx] = [y + ky - pad, x + kx - pad];
          if (sy < 0 || sx < 0 || sy >= size || sx >= size) continue;
          for (let c = 0; c < channels; c++) {
            const value = values[(sy * size + sx) * channels + c]!;
            const row = ((ky * kernel + kx) * channels + c) * filters;
            for (let f = 0; f < filters; f++) out[place + f]! += value * numbers[row + f]!;
          }
        }
    }
  return { size: side, channels: filters, values: out };
}

function multiplied(name: string, weights: Weights, { channels, values }: Picture): Picture {
  const kernel = weights.get(`${name}/kernel`)!;
  const out = Float64Array.from(weights.get(`${name}/bias`)!);
  for (let i = 0; i < channels; i++)
    for (let o = 0; o < out.length; o++) out[o]! += values[i]! * kernel[i * out.length + o]!;
  return { size: 1, channels: out.length, values: out };
}
