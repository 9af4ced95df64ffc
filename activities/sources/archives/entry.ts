// What zip and tar have in common: entries with checked names, and bounds on what they unpack to.

import { DecompressionBomb, NameNotUtf8, UnsafeArchive } from '../../errors.ts';

export type ArchiveEntry =
  | { kind: 'folder'; path: string }
  /** The content is undefined where it was not wanted, or the file is larger than any picture of a digit. */
  | { kind: 'file'; path: string; sizeBytes: number; content: Uint8Array | { damage: string } | undefined };

export interface ArchiveLimits {
  /** Entries, folders among them. */
  entries: number;
  /** Bytes of all files together. */
  totalBytes: number;
  /** Unpacked bytes per byte of the archive, once more than `freeBytes` are unpacked. */
  ratio: number;
  /** Small archives of blank pictures are packed tightly and harm no one. */
  freeBytes: number;
}

/** Far above any set of digit images (a million of 4 KB), far below what fills a disk or a day. */
export const ARCHIVE_LIMITS: ArchiveLimits = {
  entries: 1_000_000,
  totalBytes: 8 * 1024 ** 3,
  ratio: 100,
  freeBytes: 16 * 1024 ** 2,
};

/** Counts what an archive unpacks to. `add` throws DecompressionBomb at the first byte too many. */
export function createMeter(where: string, archiveBytes: number, limits: ArchiveLimits) {
  let entries = 0;
  let bytes = 0;
  const refuse = (expected: string, got: string): never => {
    throw new DecompressionBomb(`${where}: expected ${expected}, got ${got}`);
  };
  return {
    addEntry(): void {
      entries++;
      if (entries > limits.entries) refuse(`at most ${limits.entries} entries`, 'more');
    },
    addBytes(count: number): void {
      bytes += count;
      if (bytes > limits.totalBytes) refuse(`at most ${limits.totalBytes} bytes unpacked`, `${bytes} or more`);
      if (bytes > limits.freeBytes && bytes > archiveBytes * limits.ratio) {
        refuse(
          `at most ${limits.ratio} unpacked bytes per byte`,
          `${bytes} or more from ${archiveBytes} (ratio ${Math.floor(bytes / archiveBytes)})`,
        );
      }
    },
  };
}

export type Meter = ReturnType<typeof createMeter>;

/** A name as text. @throws NameNotUtf8 */
export function decodeName(name: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch (error) {
    const shown = Buffer.from(name).toString('latin1').slice(0, 80);
    throw new NameNotUtf8(`${where}: expected file names in UTF-8, got ${JSON.stringify(shown)}`, { cause: error });
  }
}

/** Control characters, and those that make a name read as another one. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/**
 * A name as a path inside the archive: no `.` parts, no trailing slash. Nothing is ever written to disk under it but what
 * `digitflow reproduce` lays out; it is refused all the same, because an archive that lies about one name is trusted in
 * nothing.
 * @throws UnsafeArchive for absolute names, drive letters, backslashes, `..`, what some file systems take for these, and
 *   control characters
 */
export function safePath(name: string, where: string): string {
  const path = name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  const problem = /^[/\\]/.test(name)
    ? 'an absolute name'
    : /^[a-z]:/i.test(path)
      ? 'a drive letter'
      : name.includes('\\')
        ? 'a backslash'
        : CONTROL.test(name)
          ? 'a control character'
          : name.split('/').includes('..')
            ? 'a name that leaves the archive'
            : isLookAlike(name)
              ? 'a look-alike of a path'
              : undefined;
  if (problem !== undefined) {
    throw new UnsafeArchive(`${where}: expected names inside the archive, got ${problem}: ${shorten(name)}`);
  }
  return path;
}

/** Whether the compatible form of a name, which some file systems and programs use, has other parts, or a way out. */
function isLookAlike(name: string): boolean {
  const folded = name.normalize('NFKC').split(/[/\\]/);
  return folded.length !== name.split('/').length || folded.includes('..') || /^[a-z]:/i.test(folded[0]!);
}

/** A name as it may stand in a message. */
export const shorten = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 119)}…` : name);
