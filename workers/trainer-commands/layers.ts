// What a published TensorFlow.js model answers: for checking an export before it is published.

import type { Command } from '../../activities/trainer/child/commands.ts';
import type { LayersInput, PublishedOutput } from '../../activities/trainer/protocol.ts';
import { openLayersModel } from '../../ml/engines/layers-model.ts';
import { inBatches } from './in-batches.ts';

export const layersCommand: Command<LayersInput, PublishedOutput> = async ({ inputsFile, ...files }, { signal }) => {
  const model = await openLayersModel(files);
  try {
    return { probabilities: await inBatches(inputsFile, signal, (images, count) => model.predict(images, count)) };
  } finally {
    model.dispose();
  }
};
