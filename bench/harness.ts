// What every bench shares: warm-up, interleaved variants, medians with spread, a table for people, JSON as the last line.
// Time is the process's own CPU time where work is synchronous: wall time on a shared machine measures the neighbours.

import { cpus, loadavg } from 'node:os';
import { table } from './table.ts';

export interface Variant {
  name: string;
  /** Does one round of work and returns how many items that was. Results must be consumed: return or store them. */
  run: () => number;
}

export interface CompareOptions {
  variants: Variant[];
  /** Rounds a variant, after one warm-up round at least. @default 9 */
  rounds?: number;
  /** Warm-up rounds a variant. @default 3 */
  warmups?: number;
}

/** One variant's figures: items a second of CPU time, over the rounds. */
export interface Figure {
  name: string;
  perSecond: number;
  /** Median microseconds an item. */
  micros: number;
  fastest: number;
  slowest: number;
  rounds: number;
}

/** Runs the variants in turn, round after round, so that a busy neighbour slows all of them alike. */
export function compare({ variants, rounds = 9, warmups = 3 }: CompareOptions): Figure[] {
  const micros = variants.map((): number[] => []);
  for (let round = -warmups; round < rounds; round++)
    variants.forEach(({ run }, index) => {
      const start = process.cpuUsage();
      const items = run();
      const { user, system } = process.cpuUsage(start);
      if (round >= 0) micros[index]!.push((user + system) / items);
    });
  return variants.map(({ name }, index) => {
    const sorted = micros[index]!.toSorted((a, b) => a - b);
    const median = medianOf(sorted);
    return {
      name,
      perSecond: Math.round(1e6 / median),
      micros: rounded(median),
      fastest: rounded(sorted[0]!),
      slowest: rounded(sorted.at(-1)!),
      rounds,
    };
  });
}

/** The middle of a sorted list. */
export const medianOf = (sorted: readonly number[]): number => {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const rounded = (value: number): number => Number(value.toPrecision(4));

/** Where and when figures were taken. */
export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  load: rounded(loadavg()[0]!),
  at: new Date().toISOString(),
});

export interface Report {
  topic: string;
  figures: Figure[];
  /** Anything else for machines. */
  extra?: Record<string, unknown>;
}

/** Prints a table, then one JSON document as the last line of stdout. */
export function report({ topic, figures, extra = {} }: Report): void {
  const rows = figures.map(({ name, perSecond, micros, fastest, slowest }) => [
    name,
    `${perSecond.toLocaleString('en')}/s`,
    `${micros} µs`,
    `${fastest} … ${slowest} µs`,
  ]);
  console.log(table([topic, 'median', 'an item', 'spread'], rows));
  console.log(JSON.stringify({ topic, figures, ...extra, machine: machine() }));
}
