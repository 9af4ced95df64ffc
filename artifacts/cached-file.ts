// Files of the cache that are read in pieces: of something large, only what is wanted lies in memory. Whether the bytes
// are the right ones was checked by whoever made the files.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Thrown when a file is gone or has another length than what lies in it takes. Another attempt gets it anew. */
export class CachedFileChanged extends Error {
  override readonly name = 'CachedFileChanged';
  readonly code = 'CachedFileChanged';
  readonly retryable = true;

  constructor(file: string, expected: string, got: string, options?: ErrorOptions) {
    super(`${file}: expected ${expected}, got ${got}; something removed or cut it after it was verified`, options);
  }
}

export interface CachedFile {
  /** Fills `length` bytes of `into` from its byte `at` on with those from `position` on. @throws CachedFileChanged */
  read(into: Uint8Array, at: number, length: number, position: number): void;
  /** @param what of that many bytes, e.g. `for 3 samples` @throws CachedFileChanged */
  expectSize(sizeBytes: number, what: string): void;
}

export interface CachedFiles<Content> {
  /** In the order of the names. */
  contents: Content[];
  close(): void;
}

/**
 * Opens files, all or none; takes a file descriptor each. Open files can be read even when another process has removed
 * them from the cache meanwhile.
 * @param open looks at one file; what it returns may read on until `close`
 * @throws CachedFileChanged; what `open` throws
 */
export function openCachedFiles<Content>(
  names: readonly string[],
  open: (file: CachedFile) => Content,
): CachedFiles<Content> {
  const descriptors: number[] = [];
  const close = (): void => {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  };
  try {
    const contents = names.map((name) => {
      const descriptor = descriptorOf(name);
      descriptors.push(descriptor);
      return open(cachedFile(name, descriptor));
    });
    return { contents, close };
  } catch (error) {
    close();
    throw error;
  }
}

function descriptorOf(name: string): number {
  try {
    return openSync(name, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new CachedFileChanged(name, 'a file', 'none', { cause });
  }
}

const cachedFile = (name: string, descriptor: number): CachedFile => ({
  read(into, at, length, position) {
    const got = readSync(descriptor, into, at, length, position);
    if (got !== length) throw new CachedFileChanged(name, `${length} bytes from byte ${position} on`, String(got));
  },
  expectSize(sizeBytes, what) {
    const { size } = fstatSync(descriptor);
    if (size !== sizeBytes) throw new CachedFileChanged(name, `${sizeBytes} bytes ${what}`, String(size));
  },
});
