// A model with everything that stands behind it: dataset, splits, training, evaluation, run record, as the steps of a run
// leave them. Its pictures are noise, and what is right is what a random network (the teacher) says of them: students are
// the teacher with noise on its weights, so that they are good at it and differ.

import { putBlob } from '../../artifacts/blobs.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  encodeDatasetManifest,
  encodeEvaluationManifest,
  encodeMembers,
  encodeRunRecord,
  encodeRunStepRecord,
  encodeSplitsManifest,
  encodeTrainingManifest,
  type ModelVersion,
} from '../../artifacts/manifests.ts';
import { promote, publishVersion } from '../../artifacts/registry.ts';
import { modelStatement, signStatement } from '../../artifacts/signature.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { type RunConfigurationInput, resolveRunConfiguration } from '../../config/resolve.ts';
import { createOnnxRuntime } from '../../inference/runtimes/onnx.ts';
import { INPUT_BYTES } from '../../ml/dataset/packed-inputs.ts';
import { likeliestClass } from '../../ml/decision.ts';
import { floatBytes } from '../../ml/export/bytes.ts';
import { chooseGolden, encodeGolden } from '../../ml/export/golden.ts';
import { MODEL_INPUT } from '../../ml/export/names.ts';
import { exportOnnx } from '../../ml/export/onnx.ts';
import { exportTfjs } from '../../ml/export/tfjs.ts';
import { measure } from '../../ml/metrics.ts';
import { networks, parametersOf, sizeOf, type Weights } from '../../ml/model.ts';
import { logitsOf } from '../../ml/probabilities.ts';
import { createRandom } from '../../ml/random.ts';
import { testSigningKey } from './model-candidate.ts';
import { packInputs } from './packed-blobs.ts';

export const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'];
const SOURCES = ['pens', 'typefaces'];
const LAYERS = networks.compact;
/** In two blobs, so that nothing rests on there being one. */
const PARTS = [130, 90];

export interface EvaluatedOptions {
  /** Other noise on the weights. */
  student: number;
  /** How much of it. @default 0.02 */
  noise?: number;
  /** Other pictures in the test split. @default 1 */
  testSplit?: number;
  /** @default `run-<student>` */
  workflowId?: string;
  firstExecutionRunId?: string;
  configuration?: RunConfigurationInput;
  /** Puts other numbers in place of the probabilities that are right. */
  alterProbabilities?: (probabilities: Float32Array) => void;
  /** False: the run got as far as its evaluation. @default true */
  publish?: boolean;
}

export interface Evaluated {
  /** Undefined when it was not to be published. */
  version: ModelVersion | undefined;
  run: { workflowId: string; firstExecutionRunId: string };
  evaluation: ArtifactRef;
}

/** @throws as the store does */
export async function publishEvaluated(store: Store, options: EvaluatedOptions): Promise<Evaluated> {
  const { student, noise = 0.02, testSplit = 1, alterProbabilities, publish = true } = options;
  const put = async (bytes: Uint8Array): Promise<ArtifactRef> => (await putBlob(store, bytes)).ref;
  const run = {
    workflowId: options.workflowId ?? `run-${student}`,
    firstExecutionRunId: options.firstExecutionRunId ?? `01a21804-0000-7000-8000-${String(student).padStart(12, '0')}`,
  };
  const images = noisePictures(testSplit);
  const count = images.length / INPUT_BYTES;
  const labels = Uint8Array.from(rowsOf(await answers(weightsOf(0, 0), images)), (row) =>
    likeliestClass(row, CLASSES.length),
  );
  const sources = Array.from(labels, (_, sample) => sample % SOURCES.length);

  const weights = weightsOf(student, noise);
  const network = { layers: LAYERS, weights, classes: CLASSES };
  const probabilities = await answers(weights, images);
  alterProbabilities?.(probabilities);
  const metrics = measure({
    classes: CLASSES,
    logits: logitsOf(probabilities),
    labels,
    threshold: 0.5,
    sources: { names: SOURCES, indices: sources },
  });

  const nothing = await put(Buffer.from(''));
  const counts = Object.fromEntries(
    SOURCES.map((name, source) => [
      name,
      Object.fromEntries(
        CLASSES.map((label, index) => [
          label,
          labels.filter((each, sample) => each === index && sources[sample] === source).length,
        ]),
      ),
    ]),
  );
  const dataset = await put(
    encodeDatasetManifest({
      schemaVersion: 1,
      kind: 'dataset',
      name: 'noise',
      classes: CLASSES,
      sources: [
        { name: 'pens', kind: 'folder', licences: [] },
        {
          name: 'typefaces',
          kind: 'npm',
          licences: [{ package: '@fontsource/arimo', version: '5.3.0', licence: 'OFL-1.1' }],
        },
      ],
      groups: [],
      splitHints: false,
      counts,
      sampleCount: count,
      shards: [],
      rejected: { count: 0, ref: nothing, reasons: {} },
      duplicates: { count: 0 },
      conflicts: { count: 0 },
      warnings: [],
      chart: nothing,
      pixelDigest: (await put(images)).sha256,
    }),
  );
  const members = await put(
    encodeMembers(
      {
        samples: Uint32Array.from(labels.keys()),
        sources: Uint8Array.from(sources),
        labels: Uint8Array.from(labels),
        groups: new Uint32Array(count).fill(0xffff_ffff),
      },
      (sample) => `noise/${testSplit}/${sample}.png`,
    ),
  );
  const inputs: ArtifactRef[] = [];
  let from = 0;
  for (const size of PARTS) {
    const part = {
      count: size,
      labels: labels.slice(from, from + size),
      sampleIndices: Uint32Array.from({ length: size }, (_, index) => from + index),
      images: images.slice(from * INPUT_BYTES, (from + size) * INPUT_BYTES),
    };
    inputs.push(await put(packInputs(part)));
    from += size;
  }
  const none = { sampleCount: 0, counts: {}, members };
  const splits = await put(
    encodeSplitsManifest({
      schemaVersion: 1,
      kind: 'splits',
      dataset,
      classes: CLASSES,
      preprocessing: 'digit',
      splits: {
        train: none,
        validation: { ...none, inputs: [] },
        test: { sampleCount: count, counts, members, inputs },
      },
      masters: [],
      leakage: { method: 'groups', sharedGroups: 0, sharedPixels: 0 },
      warnings: [],
    }),
  );
  const vector = await put(Buffer.concat(Array.from(weights.values(), floatBytes)));
  const training = await put(
    encodeTrainingManifest({
      schemaVersion: 1,
      kind: 'training',
      pool: nothing,
      splits,
      classes: CLASSES,
      network: 'compact',
      engine: { engine: 'tfjs-node' },
      trainSteps: 500 + student,
      batchSize: 128,
      state: vector,
      weights: vector,
      weightsSha256: vector.sha256,
      history: nothing,
      validation: { accuracy: 0.9, loss: 0.1 },
    }),
  );
  const evaluation = await put(
    encodeEvaluationManifest({
      schemaVersion: 1,
      kind: 'evaluation',
      training,
      splits,
      classes: CLASSES,
      temperature: 1,
      threshold: 0.5,
      metrics: await put(Buffer.from(JSON.stringify(metrics))),
      headline: {
        accuracy: metrics.accuracy?.value ?? 0,
        loss: metrics.loss,
        bySource: {},
        eceBefore: 0.1,
        eceAfter: metrics.calibrationError,
      },
      verdict: { promoted: true, reason: 'a test' },
      opponent: null,
      plots: {},
      mistakes: nothing,
      report: nothing,
      probabilities: await put(floatBytes(probabilities)),
      calibratedWeights: vector,
    }),
  );

  await store.put(
    keys.run(run),
    encodeRunRecord({
      ...run,
      schemaVersion: 1,
      kind: 'run',
      workflowType: 'trainPipeline',
      startedAt: '2026-11-26T08:00:00.000Z',
      configuration: resolveRunConfiguration(options.configuration ?? {}),
    }),
  );
  await store.put(
    keys.runStep(run, 'evaluate'),
    encodeRunStepRecord({
      ...run,
      schemaVersion: 1,
      kind: 'run-step',
      step: 'evaluate',
      stepKey: evaluation.sha256,
      state: 'computed',
      output: evaluation,
      summary: {},
      warnings: [],
      seconds: 1,
      attempt: 1,
      finishedAt: '2026-11-26T08:01:00.000Z',
    }),
  );
  if (!publish) return { version: undefined, run, evaluation };

  const files = await Promise.all(
    [
      ...exportTfjs(network).map(({ name, bytes }) => ({ path: `tfjs/${name}`, bytes })),
      { path: 'model.onnx', bytes: exportOnnx(network).bytes },
    ].map(async ({ path, bytes }) => ({ ...(await put(bytes)), path })),
  );
  const labelled = { classes: CLASSES, labels, probabilities };
  const golden = await put(encodeGolden(labelled, chooseGolden(labelled), images));
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
    files,
  };
  const registry = { store, clock: systemClock };
  const { version } = await publishVersion(registry, {
    ...content,
    name: 'digits',
    metrics: { test: { accuracy: metrics.accuracy?.value ?? 0 } },
    golden,
    run,
    code: { evaluation: evaluation.sha256, training: training.sha256, commit: 'c0ffee'.padEnd(40, '0'), dirty: false },
    signature: signStatement(modelStatement('digits', content, golden.sha256), testSigningKey),
  });
  await promote(registry, {
    model: 'digits',
    alias: 'champion',
    to: version.version,
    reason: 'a test wants it',
    author: 'test',
  });
  return { version, run, evaluation };
}

function noisePictures(seed: number): Uint8Array {
  const random = createRandom(seed, 71);
  const count = PARTS.reduce((sum, size) => sum + size, 0);
  return Uint8Array.from({ length: count * INPUT_BYTES }, () => random.integer(256));
}

/** The teacher's weights with noise in proportion to them. */
function weightsOf(student: number, noise: number): Weights {
  const teacher = createRandom(5, 72);
  const random = createRandom(student, 73);
  const weights: Weights = new Map();
  for (const { name, shape } of parametersOf(LAYERS, CLASSES.length)) {
    const deviation = Math.sqrt(2 / sizeOf(shape.slice(0, -1)));
    const value = (): number => {
      const own = teacher.normal();
      if (name.endsWith('/kernel')) return own * deviation * (name.startsWith('logits') ? 8 : 1);
      return name.endsWith('/gamma') || name.endsWith('/variance') ? 1 : 0;
    };
    weights.set(
      name,
      Float32Array.from({ length: sizeOf(shape) }, () => value() * (1 + noise * random.normal())),
    );
  }
  return weights;
}

async function answers(weights: Weights, images: Uint8Array): Promise<Float32Array> {
  const model = exportOnnx({ layers: LAYERS, weights, classes: CLASSES }).bytes;
  const runtime = await createOnnxRuntime({ model, classCount: CLASSES.length });
  try {
    return await runtime.run(images, images.length / INPUT_BYTES);
  } finally {
    await runtime.dispose();
  }
}

const rowsOf = (probabilities: Float32Array): Float32Array[] =>
  Array.from({ length: probabilities.length / CLASSES.length }, (_, row) =>
    probabilities.subarray(row * CLASSES.length, (row + 1) * CLASSES.length),
  );
