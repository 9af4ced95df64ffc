// A model with random weights, published into a store as the publish step does it: everything about it is real but its skill.

import { putBlob } from '../../artifacts/blobs.ts';
import { systemClock } from '../../artifacts/clock.ts';
import type { ModelFile, ModelVersion } from '../../artifacts/manifests.ts';
import { promote as promoteVersion, publishVersion } from '../../artifacts/registry.ts';
import { createSigningKey, modelStatement, signStatement } from '../../artifacts/signature.ts';
import type { Store } from '../../artifacts/store.ts';
import { createOnnxRuntime } from '../../inference/runtimes/onnx.ts';
import { chooseGolden, encodeGolden } from '../../ml/export/golden.ts';
import { MODEL_INPUT, ONNX_MODEL_FILE } from '../../ml/export/names.ts';
import { exportOnnx } from '../../ml/export/onnx.ts';
import { exportTfjs } from '../../ml/export/tfjs.ts';
import { networks, parametersOf, sizeOf, weightsFromVector } from '../../ml/model.ts';

export const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'];
const GOLDEN = 32;
const PIXELS = 1_024;

/** A sequence that looks random and is the same everywhere: 0 … 1. */
function* noise(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

export interface PublishedModel {
  version: ModelVersion;
  /** PKCS #8 PEM. */
  signingKey: string;
}

export interface RandomModelOptions {
  /** Equal seeds, equal weights. */
  seed?: number;
  /** Makes the golden probabilities not those of the model. */
  wrongGolden?: boolean;
  run?: string;
  /** PKCS #8 PEM. @default a new one */
  signingKey?: string;
  /** Changes a file before it is signed. */
  alter?: (path: string, bytes: Uint8Array) => Uint8Array;
  /** Makes it champion. @default true */
  promote?: boolean;
}

export async function publishRandomModel(
  store: Store,
  {
    seed = 1,
    wrongGolden = false,
    run = 'run-1',
    signingKey = createSigningKey(),
    alter = (_, bytes) => bytes,
    promote = true,
  }: RandomModelOptions = {},
): Promise<PublishedModel> {
  const parameters = parametersOf(networks.compact, CLASSES.length);
  const source = noise(seed);
  const total = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const weights = weightsFromVector(
    parameters,
    Float32Array.from({ length: total }, () => source.next().value - 0.5),
  );
  for (const [name, values] of weights) if (name.endsWith('/variance')) values.fill(1);
  const network = { layers: networks.compact, weights, classes: CLASSES };
  const onnx = exportOnnx(network).bytes;
  const named = [
    ...exportTfjs(network).map(({ name, bytes }) => ({ path: `tfjs/${name}`, bytes })),
    { path: ONNX_MODEL_FILE, bytes: onnx },
  ];

  const images = Uint8Array.from({ length: GOLDEN * PIXELS }, () => source.next().value * 256);
  const runtime = await createOnnxRuntime({ model: onnx, classCount: CLASSES.length });
  const probabilities = await runtime.run(images, GOLDEN);
  await runtime.dispose();
  if (wrongGolden) probabilities[0] = 1 - probabilities[0]!;
  const labelled = { classes: CLASSES, labels: new Int32Array(GOLDEN), probabilities };
  const golden = encodeGolden(labelled, chooseGolden(labelled), images);

  const files: ModelFile[] = [];
  for (const { path, bytes } of named) files.push({ ...(await putBlob(store, alter(path, bytes))).ref, path });
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
  const goldenRef = (await putBlob(store, golden)).ref;
  const { version } = await publishVersion(
    { store, clock: systemClock },
    {
      ...content,
      name: 'digits',
      metrics: { accuracy: 0.1, loss: 2.3 },
      golden: goldenRef,
      run: { workflowId: run, firstExecutionRunId: '01a21804-0000-7000-8000-00004f1c22ab' },
      code: {},
      signature: signStatement(modelStatement('digits', content, goldenRef.sha256), signingKey),
    },
  );
  if (promote) await makeChampion(store, version.version);
  return { version, signingKey };
}

export async function makeChampion(store: Store, version: number): Promise<void> {
  await promoteVersion(
    { store, clock: systemClock },
    { model: 'digits', alias: 'champion', to: version, reason: 'a test wants it', author: 'test' },
  );
}
