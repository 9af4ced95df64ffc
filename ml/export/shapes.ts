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
  for (const layer of layers) {
    let { size, channels } = shapes.at(-1)!;
    switch (layer.kind) {
      case 'averagePool':
      case 'maxPool':
        size = Math.floor(size / layer.size);
        break;
      case 'conv':
        if (layer.padding === 'valid') size -= layer.kernel - 1;
        channels = layer.filters;
        break;
      case 'flatten':
        channels *= size * size;
        size = 1;
        break;
      case 'dense':
        channels = layer.units === 'classes' ? classCount : layer.units;
        break;
      case 'relu':
        break;
    }
    shapes.push({ size, channels });
  }
  return shapes;
}
