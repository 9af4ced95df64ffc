// A digit reader trained while the test waits: softmax regression on digits that the pen of these tests draws, published
// as the publish step does it. It reads those digits and little else, and that is all a test of the page needs.

import { putBlob } from '../../artifacts/blobs.ts';
import { moveAlias, moveIdOf } from '../../artifacts/aliases.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { publishVersion } from '../../artifacts/model-versions.ts';
import { modelStatement, signStatement } from '../../artifacts/signature.ts';
import type { Store } from '../../artifacts/store.ts';
import { createOnnxRuntime } from '../../inference/runtimes/onnx.ts';
import { chooseGolden, encodeGolden } from '../../ml/export/golden.ts';
import { MODEL_INPUT } from '../../ml/export/names.ts';
import { exportOnnx } from '../../ml/export/onnx.ts';
import { exportTfjs } from '../../ml/export/tfjs.ts';
import { blankImage } from '../../ml/image/gray-image.ts';
import { INPUT_BYTES, toNetworkInput } from '../../ml/image/network-input.ts';
import { exp } from '../../ml/math.ts';
import type { Layer, Weights } from '../../ml/model.ts';
import { createRandom, type Random } from '../../ml/random.ts';
import { testSigningKey } from './model-candidate.ts';
import { drawDigit, drawScribble } from './pen-digits.ts';

const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'];
const LAYERS: Layer[] = [
  { kind: 'averagePool', size: 2 }, //                    [batch, 16, 16, 1]
  { kind: 'flatten' }, //                                 [batch, 256]
  { kind: 'dense', name: 'logits', units: 'classes' }, // [batch, classes]
];
const FEATURES = 256;
const PER_CLASS = 60;
const EPOCHS = 40;
const GOLDEN = 32;

/**
 * Trains for about a second, publishes and makes it the champion.
 * @param seed other weights, so another version digest
 * @returns the version's number
 */
export async function publishPenModel(store: Store, seed = 1): Promise<number> {
  const { images, labels } = drawSamples(seed);
  const weights = trainSoftmax(images, labels, seed);
  const onnx = exportOnnx({ layers: LAYERS, weights, classes: CLASSES });
  const tfjs = exportTfjs({ layers: LAYERS, weights, classes: CLASSES });
  const golden = await goldenOf(onnx.bytes, images.subarray(0, GOLDEN * INPUT_BYTES));
  const files = [
    ...tfjs.map(({ name, bytes }) => ({ path: `tfjs/${name}`, bytes })),
    { path: onnx.name, bytes: onnx.bytes },
  ];
  const content = {
    classes: CLASSES,
    preprocessing: 'digit' as const,
    threshold: 0.5,
    inputSignature: {
      name: MODEL_INPUT,
      shape: [null, 32, 32, 1],
      type: 'float32' as const,
      range: [0, 1] as [number, number],
    },
    files: await Promise.all(files.map(async ({ path, bytes }) => ({ ...(await putBlob(store, bytes)).ref, path }))),
  };
  const goldenRef = (await putBlob(store, golden)).ref;
  const { version } = await publishVersion(
    { store, clock: systemClock },
    {
      ...content,
      name: 'digits',
      metrics: {},
      golden: goldenRef,
      run: { workflowId: `pen-${seed}`, firstExecutionRunId: 'first' },
      code: {},
      signature: signStatement(modelStatement('digits', content, goldenRef.sha256), testSigningKey),
    },
  );
  await moveAlias(
    { store, clock: systemClock },
    {
      model: 'digits',
      alias: 'champion',
      to: version.version,
      moveId: moveIdOf({ ...version.run, digest: version.digest, alias: 'champion' }),
      reason: 'a test',
      author: 'test',
    },
  );
  return version.version;
}

interface Samples {
  /** [count, 32, 32] */
  images: Uint8Array;
  labels: number[];
}

function drawSamples(seed: number): Samples {
  const random = createRandom(seed, 1);
  const labels = Array.from({ length: CLASSES.length * PER_CLASS }, (_, index) => index % CLASSES.length);
  const images = new Uint8Array(labels.length * INPUT_BYTES);
  labels.forEach((label, index) => {
    const image = blankImage(100, 100, 225);
    const side = random.between(50, 74);
    const place = { x: random.between(6, 92 - side), y: random.between(6, 92 - side), side };
    const pen = {
      width: side * random.between(0.07, 0.16),
      ink: random.integer(70),
      slant: random.between(-0.1, 0.25),
    };
    if (CLASSES[label] === 'none') drawScribble(image, { ...place, ...pen, random });
    else drawDigit(image, { digit: label, ...place, ...pen });
    images.set(toNetworkInput(image.pixels, image.width, image.height, 'digit'), index * INPUT_BYTES);
  });
  return { images, labels };
}

function trainSoftmax(images: Uint8Array, labels: readonly number[], seed: number): Weights {
  const random: Random = createRandom(seed, 2);
  const classes = CLASSES.length;
  const kernel = Float32Array.from({ length: FEATURES * classes }, () => random.normal() * 0.01); // [features, classes]
  const bias = new Float32Array(classes);
  const features = poolHalf(images);
  for (let epoch = 0; epoch < EPOCHS; epoch++)
    for (const [index, label] of labels.entries()) {
      const row = features.subarray(index * FEATURES, (index + 1) * FEATURES);
      const slopes = softmax(logitsOf(row, kernel, bias));
      slopes[label]! -= 1;
      const rate = 0.1 / (1 + epoch / 10);
      for (let k = 0; k < classes; k++) bias[k]! -= rate * slopes[k]!;
      for (let f = 0; f < FEATURES; f++)
        if (row[f] !== 0) for (let k = 0; k < classes; k++) kernel[f * classes + k]! -= rate * slopes[k]! * row[f]!;
    }
  return new Map([
    ['logits/kernel', kernel],
    ['logits/bias', bias],
  ]);
}

function logitsOf(row: Float32Array, kernel: Float32Array, bias: Float32Array): Float64Array {
  const logits = Float64Array.from(bias);
  for (let f = 0; f < FEATURES; f++)
    if (row[f] !== 0) for (let k = 0; k < logits.length; k++) logits[k]! += row[f]! * kernel[f * logits.length + k]!;
  return logits;
}

function softmax(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits);
  const exponents = logits.map((logit) => exp(logit - largest));
  const sum = exponents.reduce((total, value) => total + value, 0);
  return exponents.map((value) => value / sum);
}

/** Means of 2×2 in [0, 1]: what the network's first layer makes of the bytes. */
function poolHalf(images: Uint8Array): Float32Array {
  const features = new Float32Array(images.length / 4);
  for (let index = 0; index < features.length; index++) {
    const sample = Math.floor(index / FEATURES);
    const at = sample * INPUT_BYTES + Math.floor((index % FEATURES) / 16) * 64 + (index % 16) * 2;
    features[index] = (images[at]! + images[at + 1]! + images[at + 32]! + images[at + 33]!) / 4 / 255;
  }
  return features;
}

async function goldenOf(onnx: Uint8Array, images: Uint8Array): Promise<Uint8Array> {
  const runtime = await createOnnxRuntime({ model: onnx, classCount: CLASSES.length });
  const probabilities = await runtime.run(images, GOLDEN);
  await runtime.dispose();
  const labelled = { classes: CLASSES, labels: Int32Array.from({ length: GOLDEN }, (_, i) => i % 11), probabilities };
  return encodeGolden(labelled, chooseGolden(labelled), images);
}
