// A network as a TensorFlow SavedModel, written without TensorFlow: one graph with the weights as constants, so that the
// file is all there is and no variables have to be restored. Equal networks give equal bytes.

import { writeNetwork } from '../engines/graph/network.ts';
import { addSignature, addTensor, createGraph, serialise, withScope } from '../engines/graph/graph.ts';
import { constant, placeholder } from '../engines/graph/ops/basics.ts';
import { INPUT_SIZE, parametersOf, sizeOf } from '../model.ts';
import type { ExportedFile } from './bytes.ts';
import { weightOf, type PlainNetwork } from './fold.ts';
import { MODEL_INPUT, MODEL_OUTPUT } from './names.ts';

export const SAVED_MODEL_FILE = 'saved_model.pb';
/** The name by which TensorFlow's own programs call a model's one way of answering. */
export const SERVING_SIGNATURE = 'serving_default';

/**
 * Signature `serving_default`: input `image` [batch, 32, 32, 1] float32 in [0, 1], output `probabilities` [batch, classes].
 * Tag `serve`.
 * @throws RangeError or InvalidGraph when layers and weights don't belong together
 */
export function exportSavedModel({ layers, weights }: PlainNetwork, classCount: number): ExportedFile {
  const graph = createGraph();
  const image = placeholder(graph, MODEL_INPUT, 'float32', [-1, INPUT_SIZE, INPUT_SIZE, 1]);
  const constants = parametersOf(layers, classCount).map(({ name, shape }) => {
    const values = weightOf(weights, name);
    if (values.length !== sizeOf(shape))
      throw new RangeError(`weights: expected '${name}' of ${sizeOf(shape)} numbers, got ${values.length}`);
    return [name, withScope(graph, name, () => constant(graph, 'float32', shape, Array.from(values)))] as const;
  });
  const { logits } = writeNetwork(graph, layers, {
    weights: new Map(constants),
    images: image,
    mode: { kind: 'frozen' },
  });
  const probabilities = addTensor(
    graph,
    { op: 'Softmax', name: MODEL_OUTPUT, inputs: [logits], attributes: { T: { type: 'float32' } } },
    'float32',
    logits.shape,
  );
  addSignature(graph, SERVING_SIGNATURE, {
    inputs: { [MODEL_INPUT]: image },
    outputs: { [MODEL_OUTPUT]: probabilities },
  });
  return { name: SAVED_MODEL_FILE, bytes: serialise(graph) };
}
