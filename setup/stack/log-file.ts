// One log file a part, of bounded size: at the limit it becomes `<name>.1` and a new one begins.

import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { ensureFolder } from './files.ts';

export interface LogFile {
  path: string;
  /** Appends at once, so that the last words before a crash are in the file. Never throws: a full disk costs the line. */
  write(chunk: Uint8Array | string): void;
  /** The last lines written through this object, oldest first. At most 20. */
  tail(): string[];
  close(): void;
}

const TAIL_LINES = 20;

/** Opens the log for appending. @param options.maxBytes rotation size, default 5 MiB: two files a part at most */
export function openLog(path: string, { maxBytes = 5 * 1024 * 1024 }: { maxBytes?: number } = {}): LogFile {
  ensureFolder(dirname(path));
  let file = openSync(path, 'a', 0o600);
  let sizeBytes = statSync(path).size;
  let open = true;
  const decoder = new StringDecoder('utf8');
  let lines: string[] = [''];

  const rotate = (): void => {
    closeSync(file);
    renameSync(path, `${path}.1`);
    file = openSync(path, 'a', 0o600);
    sizeBytes = 0;
  };

  return {
    path,
    write(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      const [first = '', ...rest] = decoder.write(Buffer.from(bytes)).split('\n');
      lines[lines.length - 1] += first;
      lines = [...lines, ...rest].slice(-TAIL_LINES - 1);
      if (!open) return;
      try {
        if (sizeBytes > 0 && sizeBytes + bytes.length > maxBytes) rotate();
        writeSync(file, bytes);
        sizeBytes += bytes.length;
      } catch {
        // A supervisor that dies of a full disk would take the whole stack along.
      }
    },
    tail: () => lines.filter((line) => line.trim() !== '').slice(-TAIL_LINES),
    close() {
      if (!open) return;
      open = false;
      closeSync(file);
    },
  };
}

/** The last lines of a log that another process wrote. */
export function lastLinesOf(path: string, count = TAIL_LINES): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count);
}
