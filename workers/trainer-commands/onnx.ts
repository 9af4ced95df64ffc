// What a published ONNX file answers: for measuring the champion, and for checking an export before it is published.

import type { Command } from '../../activities/trainer/child/commands.ts';
import type { OnnxInput, PublishedOutput } from '../../activities/trainer/protocol.ts';
import { createOnnxRuntime } from '../../inference/runtimes/onnx.ts';
import { inBatches } from './in-batches.ts';

export const onnxCommand: Command<OnnxInput, PublishedOutput> = async (
  { model, classCount, inputsFile },
  { signal },
) => {
  const runtime = await createOnnxRuntime({ model, classCount });
  try {
    return { probabilities: await inBatches(inputsFile, signal, (images, count) => runtime.run(images, count)) };
  } finally {
    await runtime.dispose();
  }
};
