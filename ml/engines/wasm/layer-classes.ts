// The layer classes a published model may hold. A setting that is not named here could change what a layer computes, so
// it is refused, too.

import type { PlainLayer } from '../../export/fold.ts';
import { countOf, expectEqual, nameOf } from './checks.ts';
import { UnsupportedModel } from './errors.ts';

type Config = Record<string, unknown>;

interface LayerClass {
  settings: readonly string[];
  read(config: Config): PlainLayer[];
}

const pooling = (kind: 'averagePool' | 'maxPool'): LayerClass => ({
  settings: ['name', 'pool_size', 'strides', 'padding', 'data_format'],
  read(config) {
    const size = squareOf(config['pool_size'], 'pool_size');
    expectEqual(config['strides'], [size, size], 'strides');
    expectEqual(config['padding'], 'valid', 'padding of a pooling');
    expectEqual(config['data_format'], 'channels_last', 'data_format');
    return [{ kind, size }];
  },
});

const classes: Record<string, LayerClass> = {
  AveragePooling2D: pooling('averagePool'),
  MaxPooling2D: pooling('maxPool'),
  Conv2D: {
    settings: ['name', 'filters', 'kernel_size', 'strides', 'padding', 'data_format', 'activation', 'use_bias'],
    read(config) {
      const { padding } = config;
      if (padding !== 'same' && padding !== 'valid')
        throw new UnsupportedModel(`padding: expected same or valid, got ${JSON.stringify(padding)}`);
      expectEqual(config['strides'], [1, 1], 'strides');
      expectEqual(config['data_format'], 'channels_last', 'data_format');
      expectEqual(config['use_bias'], true, 'use_bias');
      const name = nameOf(config['name'], 'name of a Conv2D');
      const filters = countOf(config['filters'], 'filters');
      const kernel = squareOf(config['kernel_size'], 'kernel_size');
      return [{ kind: 'conv', name, filters, kernel, padding, bias: true }, ...activationOf(config)];
    },
  },
  Dense: {
    settings: ['name', 'units', 'activation', 'use_bias'],
    read(config) {
      expectEqual(config['use_bias'], true, 'use_bias');
      const name = nameOf(config['name'], 'name of a Dense');
      return [{ kind: 'dense', name, units: countOf(config['units'], 'units') }, ...activationOf(config)];
    },
  },
  Flatten: { settings: ['name'], read: () => [{ kind: 'flatten' }] },
  Activation: {
    settings: ['name', 'activation'],
    read(config) {
      expectEqual(config['activation'], 'relu', 'activation');
      return [{ kind: 'relu' }];
    },
  },
};

/** One layer as written; an activation inside it becomes a layer of its own. @throws UnsupportedModel */
export function readLayer({ className, config }: { className: unknown; config: Config }): PlainLayer[] {
  const known = typeof className === 'string' && Object.hasOwn(classes, className) ? classes[className] : undefined;
  if (known === undefined)
    throw new UnsupportedModel(
      `layer class: expected one of ${Object.keys(classes).join(', ')}, got ${JSON.stringify(className)}`,
    );
  const unknown = Object.keys(config).filter((setting) => !known.settings.includes(setting));
  if (unknown.length > 0)
    throw new UnsupportedModel(
      `${String(className)}: expected ${known.settings.join(', ')}, got ${unknown.join(', ')}`,
    );
  return known.read(config);
}

function activationOf({ activation }: Config): PlainLayer[] {
  if (activation === 'relu') return [{ kind: 'relu' }];
  expectEqual(activation, 'linear', 'activation');
  return [];
}

function squareOf(sides: unknown, what: string): number {
  const side = countOf(Array.isArray(sides) ? sides[0] : undefined, what);
  expectEqual(sides, [side, side], what);
  return side;
}
