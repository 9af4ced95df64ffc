// How a model of each format is used, in a few lines that run in its folder.

import type { ExportFormat } from '../../../inference/export/export-formats.ts';

export interface Usage {
  /** What Hugging Face calls the library. */
  library: string;
  /** What the format is, for people. */
  title: string;
  snippets: { language: 'python' | 'js'; install: string; code: string }[];
}

const js = (install: string, lines: readonly string[]): Usage['snippets'][number] => ({
  language: 'js',
  install: `npm install ${install}`,
  code: lines.join('\n'),
});
const python = (install: string, lines: readonly string[]): Usage['snippets'][number] => ({
  language: 'python',
  install: `pip install ${install}`,
  code: lines.join('\n'),
});

export const USAGE: Record<ExportFormat, Usage> = {
  tfjs: {
    library: 'tfjs',
    title: 'TensorFlow.js layers model',
    snippets: [
      js('@tensorflow/tfjs-node', [
        "import tf from '@tensorflow/tfjs-node'; // in a page: @tensorflow/tfjs, and an URL of model.json",
        '',
        "const model = await tf.loadLayersModel('file://model.json');",
        'const image = tf.zeros([1, 32, 32, 1]); // network inputs, see above',
        'const probabilities = await model.predict(image).data();',
        'console.log(Array.from(probabilities));',
      ]),
    ],
  },
  onnx: {
    library: 'onnx',
    title: 'ONNX model (opset 13)',
    snippets: [
      python('onnxruntime', [
        'import numpy as np',
        'import onnxruntime',
        '',
        'session = onnxruntime.InferenceSession("model.onnx")',
        'image = np.zeros((1, 32, 32, 1), np.float32)  # network inputs, see above',
        'probabilities = session.run(["probabilities"], {"image": image})[0]',
        'print(probabilities.tolist()[0])',
      ]),
      js('onnxruntime-node', [
        "import { InferenceSession, Tensor } from 'onnxruntime-node';",
        '',
        "const session = await InferenceSession.create('model.onnx');",
        "const image = new Tensor('float32', new Float32Array(32 * 32), [1, 32, 32, 1]); // network inputs, see above",
        'const { probabilities } = await session.run({ image });',
        'console.log(Array.from(probabilities.data));',
      ]),
    ],
  },
  savedmodel: {
    library: 'tensorflow',
    title: 'TensorFlow SavedModel',
    snippets: [
      python('tensorflow', [
        'import tensorflow as tf',
        '',
        'predict = tf.saved_model.load(".").signatures["serving_default"]',
        'image = tf.zeros((1, 32, 32, 1))  # network inputs, see above',
        'probabilities = predict(image=image)["probabilities"]',
        'print(probabilities.numpy().tolist()[0])',
      ]),
      js('@tensorflow/tfjs-node', [
        "import tf from '@tensorflow/tfjs-node';",
        '',
        "const model = await tf.node.loadSavedModel('.', ['serve'], 'serving_default');",
        'const image = tf.zeros([1, 32, 32, 1]); // network inputs, see above',
        'const { probabilities } = model.predict({ image });',
        'console.log(Array.from(await probabilities.data()));',
      ]),
    ],
  },
};
