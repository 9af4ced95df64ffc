import type { ModelVersion } from '../artifacts/manifests.ts';
import { modelStatement } from '../artifacts/signature.ts';
import { INPUT_SIZE } from '../ml/model.ts';
import type { LatestModel } from './latest-model.ts';

/**
 * A version as `latest.json` tells it.
 * @param urlOf the address of a file of this version by its path; `golden.json` stands for the golden inputs
 */
export function describeLatest(version: ModelVersion, urlOf: (path: string) => string): LatestModel {
  const { name, digest, createdAt, classes, threshold, preprocessing, inputSignature, golden, signature } = version;
  const { temperature } = version.metrics;
  return {
    schemaVersion: 1,
    name,
    version: version.version,
    digest,
    createdAt,
    labels: classes,
    imageSize: INPUT_SIZE,
    threshold,
    temperature: typeof temperature === 'number' ? temperature : null,
    preprocessing,
    inputSignature,
    files: version.files.map(({ path, sha256, sizeBytes }) => ({ path, url: urlOf(path), sha256, sizeBytes })),
    golden: { url: urlOf('golden.json'), sha256: golden.sha256, sizeBytes: golden.sizeBytes },
    signature,
    statement: modelStatement(name, version, golden.sha256),
  };
}
