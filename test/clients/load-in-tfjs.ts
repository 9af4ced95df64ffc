// The published model as a page loads it, in Node: `tf.loadLayersModel` over HTTP, unmodified.

import * as tf from '@tensorflow/tfjs-node';
import type { LatestModel } from '../../inference/latest-model.ts';
import { decodeGolden, largestDifference } from '../../ml/export/golden.ts';

const TOLERANCE = 1e-4;

/** @returns the largest difference to the golden probabilities @throws when it is above 1e-4 */
export async function loadInTfjs(worker: URL): Promise<number> {
  const latestUrl = new URL('/models/digits/latest.json', worker);
  const latest = (await (await fetch(latestUrl)).json()) as LatestModel;
  const bytes = await (await fetch(new URL(latest.golden.url, latestUrl))).arrayBuffer();
  const golden = decodeGolden(new Uint8Array(bytes), latest.labels.length);
  const file = latest.files.find(({ path }) => path.endsWith('model.json'));
  if (file === undefined) throw new Error('expected a model.json among the files, got none');

  const model = await tf.loadLayersModel(new URL(file.url, latestUrl).href);
  const count = golden.labels.length;
  const inputs = tf.tensor4d(
    Float32Array.from(golden.images, (value) => value / 255),
    [count, 32, 32, 1],
  );
  const probabilities = await (model.predict(inputs) as tf.Tensor).data();
  const difference = largestDifference(golden.probabilities, Float32Array.from(probabilities));
  if (!(difference <= TOLERANCE)) throw new Error(`expected a difference of at most ${TOLERANCE}, got ${difference}`);
  return difference;
}
