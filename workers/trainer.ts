// The trainer child: holds TensorFlow, knows no store and no Temporal, has no credentials. Its worker starts it, hands
// it files by path and reads its messages. The same file is its watchdog thread.

import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { predictCommand } from '../activities/trainer/child/predict-command.ts';
import { serveTrainer } from '../activities/trainer/child/serve.ts';
import { trainCommand } from '../activities/trainer/child/train-command.ts';
import { watch } from '../activities/trainer/child/watchdog.ts';
import { layersCommand } from './trainer-commands/layers.ts';
import { onnxCommand } from './trainer-commands/onnx.ts';

if (isMainThread) {
  await serveTrainer(fileURLToPath(import.meta.url), {
    train: trainCommand,
    predict: predictCommand,
    onnx: onnxCommand,
    layers: layersCommand,
  });
} else {
  watch();
}
