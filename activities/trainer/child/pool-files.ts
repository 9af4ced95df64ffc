// The pool as it lies on disk: each image is read when a batch wants it, so memory does not grow with the pool. The system
// keeps in its own cache what it has room for, and that it takes back when somebody needs it. Whether the bytes are the
// right ones was checked by whoever made the files.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { HEADER_BYTES, INPUT_BYTES, layoutOfInputs } from '../../../ml/dataset/packed-inputs.ts';
import type { PoolPart } from '../../../ml/training/pool.ts';

/** Thrown when a file of the pool is gone or has another length than its samples. Another attempt gets it anew. */
export class PoolFileChanged extends Error {
  override readonly name = 'PoolFileChanged';
  readonly code = 'PoolFileChanged';
  readonly retryable = true;

  constructor(file: string, expected: string, got: string, options?: ErrorOptions) {
    super(`${file}: expected ${expected}, got ${got}; something removed or cut it after it was verified`, options);
  }
}

export interface PoolFiles {
  /** In the order of the files. Their `copyImage` throws PoolFileChanged. */
  parts: PoolPart[];
  close(): void;
}

/**
 * Opens files of packed inputs; takes 1 byte a sample, and a file descriptor each. Open files can be read even when
 * another process has removed them from the cache meanwhile.
 * @throws PoolFileChanged; MalformedInputs
 */
export function openPoolFiles(files: readonly string[]): PoolFiles {
  const descriptors: number[] = [];
  const close = (): void => {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  };
  try {
    const parts = files.map((file) => {
      const descriptor = open(file);
      descriptors.push(descriptor);
      return partOf(file, descriptor);
    });
    return { parts, close };
  } catch (error) {
    close();
    throw error;
  }
}

function open(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new PoolFileChanged(file, 'a file', 'none', { cause });
  }
}

function partOf(file: string, descriptor: number): PoolPart {
  const read = (into: Uint8Array, at: number, length: number, position: number): void => {
    const got = readSync(descriptor, into, at, length, position);
    if (got !== length) throw new PoolFileChanged(file, `${length} bytes from byte ${position} on`, String(got));
  };
  const header = new Uint8Array(HEADER_BYTES);
  read(header, 0, HEADER_BYTES, 0);
  const { count, labelsStart, imagesStart, sizeBytes } = layoutOfInputs(header);
  const { size } = fstatSync(descriptor);
  if (size !== sizeBytes) throw new PoolFileChanged(file, `${sizeBytes} bytes for ${count} samples`, String(size));
  const labels = new Uint8Array(count);
  read(labels, 0, count, labelsStart);
  return {
    count,
    labels,
    copyImage: (row, images, at) => read(images, at, INPUT_BYTES, imagesStart + row * INPUT_BYTES),
  };
}
