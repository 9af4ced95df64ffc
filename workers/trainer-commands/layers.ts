// What a published TensorFlow.js model answers: for checking an export before it is published.

import type { Command } from '../../activities/trainer/child/commands.ts';
import { engineHost } from '../../activities/trainer/child/open.ts';
import type { LayersInput, PublishedOutput } from '../../activities/trainer/protocol.ts';
import { inBatches } from './in-batches.ts';

export const layersCommand: Command<LayersInput, PublishedOutput> = async (input, { signal }) => {
  const model = await openModel(input);
  try {
    return {
      probabilities: await inBatches(input.inputsFile, signal, (images, count) => model.predict(images, count)),
    };
  } finally {
    model.dispose();
  }
};

async function openModel({ engine, model, weights }: LayersInput) {
  if (engine === 'tfjs-node')
    return (await import('../../ml/engines/layers-model.ts')).openLayersModel({ model, weights });
  const { openWasmModel } = await import('../../ml/engines/wasm/node.ts');
  return openWasmModel({ model, weights, wasm: await engineHost.readWasmBinary() });
}
