// A published version with everything a page fetches, made as the publish step makes it. Its weights are drawn.

import { sha256 } from '../../../artifacts/canonical.ts';
import { keys } from '../../../artifacts/keys.ts';
import { modelDigest, type ModelVersion } from '../../../artifacts/manifests.ts';
import { createSigningKey, modelStatement, signStatement } from '../../../artifacts/signature.ts';
import { createOnnxRuntime } from '../../../inference/runtimes/onnx.ts';
import { chooseGolden, encodeGolden } from '../../../ml/export/golden.ts';
import { exportOnnx } from '../../../ml/export/onnx.ts';
import { exportTfjs } from '../../../ml/export/tfjs.ts';
import { networks } from '../../../ml/model.ts';
import { createRandom } from '../../../ml/random.ts';
import { CLASSES, seededWeights } from '../../ml/export/sample-networks.ts';

export interface PageModel {
  version: ModelVersion;
  /** By path, `golden.json` among them. */
  files: Map<string, Uint8Array>;
}

export interface PageModelOptions {
  version?: number;
  /** Another threshold is another digest. @default 0.4 */
  threshold?: number;
  signingKey?: string;
  /** Golden probabilities that are not the model's. @default false */
  isWrong?: boolean;
}

export const signingKey = createSigningKey();

export async function makePageModel(options: PageModelOptions = {}): Promise<PageModel> {
  const network = { layers: networks.compact, weights: seededWeights('compact'), classes: CLASSES };
  const onnx = exportOnnx(network).bytes;
  const files = new Map([
    ...exportTfjs(network).map(({ name, bytes }): [string, Uint8Array] => [`tfjs/${name}`, bytes]),
    ['model.onnx', onnx],
  ]);
  const golden = await goldenOf(onnx, options.isWrong ?? false);
  const content = {
    classes: CLASSES,
    preprocessing: 'digit' as const,
    threshold: options.threshold ?? 0.4,
    inputSignature: {
      name: 'image',
      shape: [null, 32, 32, 1],
      type: 'float32' as const,
      range: [0, 1] as [number, number],
    },
    files: Array.from(files, ([path, bytes]) => ({ path, ...refOf(bytes) })),
  };
  files.set('golden.json', golden);
  const version: ModelVersion = {
    ...content,
    schemaVersion: 1,
    kind: 'model-version',
    name: 'digits',
    version: options.version ?? 1,
    digest: modelDigest(content),
    createdAt: '2026-11-25T12:00:00.000Z',
    metrics: { temperature: 0.5 },
    golden: refOf(golden),
    run: { workflowId: 'a run', firstExecutionRunId: 'first' },
    code: {},
    signature: signStatement(modelStatement('digits', content, sha256(golden)), options.signingKey ?? signingKey),
  };
  return { version, files };
}

const refOf = (bytes: Uint8Array) => {
  const digest = sha256(bytes);
  return { key: keys.blob(digest), sha256: digest, sizeBytes: bytes.length };
};

async function goldenOf(onnx: Uint8Array, isWrong: boolean): Promise<Uint8Array> {
  const random = createRandom(31);
  const images = Uint8Array.from({ length: 32 * 1_024 }, () => random.integer(256));
  const runtime = await createOnnxRuntime({ model: onnx, classCount: CLASSES.length });
  const probabilities = await runtime.run(images, 32);
  await runtime.dispose();
  if (isWrong) probabilities[0]! += 0.001;
  const labelled = { classes: CLASSES, labels: new Int32Array(32), probabilities };
  return encodeGolden(labelled, chooseGolden(labelled), images);
}

/** A copy with one bit of a file turned; its record stays. */
export function withFlippedBit({ version, files }: PageModel, path: string): PageModel {
  const bytes = files.get(path)!.slice();
  bytes[bytes.length >> 1]! ^= 1;
  return { version, files: new Map(files).set(path, bytes) };
}
