// What a collection looked at and took, for people and for machines.

import type { CollectionResult, Garbage, GarbageKind } from '../../artifacts/garbage.ts';
import { figure, size, table } from '../format.ts';
import type { Terminal } from '../terminal.ts';

const SHOWN = 40;

const WORDS: Record<GarbageKind, string> = {
  runs: 'records of old runs',
  outcomes: 'outcomes of old runs',
  steps: 'records of finished steps',
  leases: 'leases',
  checkpoints: 'checkpoints',
  sessions: 'summaries of old sessions',
  corrections: 'expired corrections',
  probes: 'probes',
  collections: 'records of dead collections',
  blobs: 'blobs',
};

export const totalBytes = (garbage: readonly Garbage[]): number =>
  garbage.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

export function reportDocument(
  { objects, sizeBytes, garbage, end }: CollectionResult,
  options: { dryRun: boolean; graceSeconds: number; keepRuns: number; temporal: 'reachable' | 'unreachable' },
) {
  return {
    ...options,
    end,
    before: { objects, sizeBytes },
    garbage: { objects: garbage.length, sizeBytes: totalBytes(garbage) },
    objects: garbage.map(({ key, kind, sizeBytes: ofOne, lastModified }) => ({
      key,
      kind,
      sizeBytes: ofOne,
      lastModified: lastModified.toISOString(),
    })),
  };
}

/** A line a kind, and in a dry run the keys themselves. */
export function printReport(terminal: Terminal, result: CollectionResult, { dryRun }: { dryRun: boolean }): void {
  const { garbage, objects, sizeBytes } = result;
  const whole = `${figure(objects)} objects, ${size(sizeBytes)}`;
  if (garbage.length === 0) return terminal.print(`Nothing to delete: everything is in use or too young (${whole}).`);
  const kinds = [...new Set(garbage.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const of = garbage.filter((each) => each.kind === kind);
    return [WORDS[kind], figure(of.length), size(totalBytes(of))];
  });
  terminal.print(table(['what', 'objects', 'size'], rows));
  if (dryRun) {
    terminal.print();
    for (const { key, sizeBytes: ofOne } of garbage.slice(0, SHOWN)) terminal.print(`  ${key}  ${size(ofOne)}`);
    if (garbage.length > SHOWN) terminal.print(`  and ${figure(garbage.length - SHOWN)} more: --json lists them all`);
    terminal.print();
  }
  const verb = dryRun ? 'would go' : 'deleted';
  terminal.print(`${figure(garbage.length)} objects, ${size(totalBytes(garbage))} ${verb}, of ${whole}.`);
}
