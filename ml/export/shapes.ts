// The shape of a picture on its way through a network, without the batch.

import { INPUT_SIZE } from '../model.ts';
import type { PlainLayer } from './fold.ts';

/** [size, size, channels] before a flatten, [1, 1, features] after it. */
export interface Shape {
  size: number;
  channels: number;
}

/** The shapes between layers: entry i is what layer i reads, the last entry is what the network answers. */
export function shapesOf(layers: readonly PlainLayer[], classCount: number): Shape[] {
  const shapes: Shape[] = [{ size: INPUT_SIZE, channels: 1 }];
  for (const layer of layers) shapes.push(after(layer, shapes.at(-1)!, classCount));
  return shapes;
}

function after(layer: PlainLayer, { size, channels }: Shape, classCount: number): Shape {
  switch (layer.kind) {
    case 'averagePool':
    case 'maxPool':
      return { size: Math.floor(size / layer.size), channels };
    case 'conv':
      return { size: layer.padding === 'same' ? size : size - layer.kernel + 1, channels: layer.filters };
    case 'flatten':
      return { size: 1, channels: size * size * channels };
    case 'dense':
      return { size: 1, channels: layer.units === 'classes' ? classCount : layer.units };
    case 'relu':
      return { size, channels };
  }
}
