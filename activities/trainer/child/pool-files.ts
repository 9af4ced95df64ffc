// The pool as it lies on disk: each image is read when a batch wants it, so memory does not grow with the pool. The system
// keeps in its own cache what it has room for, and takes that back when somebody needs it.

import { openCachedFiles, type CachedFile, type CachedFiles } from '../../../artifacts/cached-file.ts';
import { HEADER_BYTES, INPUT_BYTES, layoutOfInputs } from '../../../ml/dataset/packed-inputs.ts';
import type { PoolPart } from '../../../ml/training/pool.ts';

/**
 * Opens files of packed inputs, in order; takes 1 byte a sample. Their `copyImage` throws CachedFileChanged.
 * @throws CachedFileChanged; MalformedInputs
 */
export const openPoolFiles = (names: readonly string[]): CachedFiles<PoolPart> => openCachedFiles(names, openPart);

function openPart(file: CachedFile): PoolPart {
  const header = new Uint8Array(HEADER_BYTES);
  file.read(header, 0, HEADER_BYTES, 0);
  const { count, labelsStart, imagesStart, sizeBytes } = layoutOfInputs(header);
  file.expectSize(sizeBytes, `for ${count} samples`);
  const labels = new Uint8Array(count);
  file.read(labels, 0, count, labelsStart);
  return {
    count,
    labels,
    copyImage: (row, images, at) => file.read(images, at, INPUT_BYTES, imagesStart + row * INPUT_BYTES),
  };
}
