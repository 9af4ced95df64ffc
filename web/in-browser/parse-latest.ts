// The server's word on its latest model, as far as this page relies on it. What its digest covers is checked elsewhere.

import type { LatestFile, LatestModel } from '../../inference/latest-model.ts';
import { LocalFailure } from './errors.ts';

/** More than any document of this kind has. */
export const LATEST_MAX_BYTES = 64 * 1024;
/** No model for a page is larger. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;

/** @throws LocalFailure when it is something else, or a model that this page cannot feed */
export function parseLatest(bytes: Uint8Array): LatestModel {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new LocalFailure('The server tells of its model in a way this page does not know.', { cause });
  }
  const latest = value as LatestModel;
  if (!isObject(latest) || !isLatest(latest))
    throw new LocalFailure('The server tells of its model in a way this page does not know.');
  if (latest.imageSize !== 32)
    throw new LocalFailure(`The model reads pictures of ${latest.imageSize} pixels a side; this page makes 32.`);
  if (latest.preprocessing !== 'digit' && latest.preprocessing !== 'reference')
    throw new LocalFailure('The model wants a preparation of pictures that this page does not know. Reload the page.');
  return latest;
}

/** @throws LocalFailure when the model has no such file */
export function fileOf(latest: LatestModel, path: string): LatestFile {
  const file = latest.files.find((one) => one.path === path);
  if (file === undefined) throw new LocalFailure(`The model has no ${path}, so it can't be read with here.`);
  return file;
}

const isLatest = (latest: LatestModel): boolean =>
  latest.schemaVersion === 1 &&
  [latest.name, latest.digest].every(isText) &&
  Number.isInteger(latest.version) &&
  isRatio(latest.threshold) &&
  Array.isArray(latest.labels) &&
  latest.labels.length > 1 &&
  latest.labels.every(isText) &&
  isObject(latest.inputSignature) &&
  Array.isArray(latest.files) &&
  latest.files.every((file) => isFile(file) && isText(file.path)) &&
  isFile(latest.golden) &&
  isObject(latest.signature) &&
  [latest.signature.publicKey, latest.signature.signature, latest.signature.statementSha256].every(isText);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isRatio = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
const isFile = (file: Omit<LatestFile, 'path'>): boolean =>
  isObject(file) &&
  isText(file.url) &&
  /^[0-9a-f]{64}$/.test(file.sha256) &&
  Number.isInteger(file.sizeBytes) &&
  file.sizeBytes >= 0 &&
  file.sizeBytes <= FILE_MAX_BYTES;
