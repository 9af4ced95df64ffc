// A list of problems as JSON lines in the store: a manifest and an error name it by ref, however long it is.

import type { ArtifactRef } from '../artifacts/store.ts';
import type { ListedProblems } from './errors.ts';

/** Enough to find every cause; a million lines would only fill memory. */
const MAX_LINES = 100_000;
const FIRST_LINES = 20;

export interface ProblemList {
  /** How many were added, beyond the lines kept too. */
  count(): number;
  add(problem: Record<string, string>): void;
  /** The first of them, for people. */
  first(most: number): Record<string, string>[];
  /** All lines, at most 100,000. Safe to repeat. */
  write(): Promise<ArtifactRef>;
  /** All lines and, beside them, the first twenty: what an error carries. */
  writeForError(): Promise<ListedProblems>;
}

export function createProblemList(write: (bytes: Uint8Array) => Promise<ArtifactRef>): ProblemList {
  const lines: string[] = [];
  let count = 0;
  const bytesOf = (some: readonly string[]): Uint8Array => new TextEncoder().encode(some.join(''));
  return {
    count: () => count,
    add(problem) {
      count++;
      if (lines.length < MAX_LINES) lines.push(`${JSON.stringify(problem)}\n`);
    },
    first: (most) => lines.slice(0, most).map((line) => JSON.parse(line) as Record<string, string>),
    write: () => write(bytesOf(lines)),
    writeForError: async () => ({
      count,
      all: await write(bytesOf(lines)),
      first: await write(bytesOf(lines.slice(0, FIRST_LINES))),
    }),
  };
}
