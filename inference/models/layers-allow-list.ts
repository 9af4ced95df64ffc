// What a model in TensorFlow.js' layers format may hold: the layer classes that our export writes, anywhere in it, and
// weights in the one file beside it.

import { z } from 'zod';
import { TFJS_WEIGHTS_FILE } from '../../ml/export/names.ts';
import { ForbiddenModel } from './errors.ts';

const CLASSES: ReadonlySet<string> = new Set([
  'Model',
  'InputLayer',
  'AveragePooling2D',
  'MaxPooling2D',
  'Conv2D',
  'Flatten',
  'Dense',
  'Activation',
  'Softmax',
]);
const ACTIVATIONS: ReadonlySet<unknown> = new Set([undefined, 'linear', 'relu', 'softmax']);
/** JSON nested deeper than any model of ours is. */
const MOST_DEPTH = 32;

const layersModel = z.object({
  format: z.literal('layers-model'),
  modelTopology: z.object({ model_config: z.object({ class_name: z.literal('Model') }) }),
  weightsManifest: z.tuple([
    z.object({
      paths: z.tuple([z.literal(TFJS_WEIGHTS_FILE)]),
      weights: z.array(
        z.strictObject({ name: z.string(), shape: z.array(z.int().positive()), dtype: z.literal('float32') }),
      ),
    }),
  ]),
});

/** @throws ForbiddenModel */
export function checkLayers({ model, weights }: { model: Uint8Array; weights: Uint8Array }): void {
  const value = parse(model);
  const result = layersModel.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new ForbiddenModel(`model.json: ${issue?.path.map(String).join('.')}: ${issue?.message}`);
  }
  checkClasses(value, 0);
  const [{ weights: arrays }] = result.data.weightsManifest;
  const expected = arrays.reduce((sum, { shape }) => sum + 4 * shape.reduce((size, side) => size * side, 1), 0);
  if (expected !== weights.byteLength)
    throw new ForbiddenModel(`${TFJS_WEIGHTS_FILE}: expected ${expected} bytes, got ${weights.byteLength}`);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ForbiddenModel('model.json: expected JSON, got something else', { cause });
  }
}

function checkClasses(value: unknown, depth: number): void {
  if (depth > MOST_DEPTH) throw new ForbiddenModel(`model.json: expected at most ${MOST_DEPTH} levels, got more`);
  if (typeof value !== 'object' || value === null) return;
  const { class_name: className, activation } = value as { class_name?: unknown; activation?: unknown };
  if (className !== undefined && !(typeof className === 'string' && CLASSES.has(className)))
    throw new ForbiddenModel(
      `model.json: expected layer classes of the allow-list, got ${JSON.stringify(className)?.slice(0, 100)}`,
    );
  if (!ACTIVATIONS.has(activation))
    throw new ForbiddenModel(
      `model.json: expected the activation linear, relu or softmax, got ${JSON.stringify(activation)?.slice(0, 100)}`,
    );
  for (const inner of Object.values(value)) checkClasses(inner, depth + 1);
}
