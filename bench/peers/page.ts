// The table for docs/performance.md and for the terminal, and what stands under it.

import type { Rounds } from './ratio.ts';
import type { Row } from './rows.ts';
import { shown, times } from './units.ts';

export interface Circumstances {
  /** YYYY-MM-DD */
  date: string;
  cpu: string;
  cores: number;
  /** Load of the machine over a minute, before and after; our own work is in the second. */
  load: [before: number, after: number];
  rounds: number;
  minutes: number;
  gflops: number;
  /** Name → version, ours and theirs. */
  versions: Record<string, string>;
}

export const TITLES = ['what', 'ours', 'theirs', 'ratio', 'wanted, aim', 'at best'] as const;

/** Cells under `TITLES`. */
export function cellsOf(row: Row): string[] {
  const more = row.atLeast === true ? '> ' : '';
  return [
    row.what,
    shown(row.ours.median, row.unit),
    `${shown(row.theirs.median, row.unit)} (${row.variant})`,
    `${more}${times(row.ratio.median)}${spread(row.ratio)}`,
    `${times(row.wanted)}, ${times(row.aim)}`,
    row.limit === undefined ? '–' : `${shown(row.limit.cost, row.unit)} (${row.limit.what})`,
  ];
}

const spread = ({ least, most, rounds }: Rounds): string => (rounds > 1 ? `, ${times(least)} to ${times(most)}` : '');

/** Markdown. */
export function pageOf(rows: readonly Row[], facts: Circumstances): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const missed = rows.filter(({ ratio, wanted, atLeast }) => ratio.median < wanted && atLeast !== true);
  return [
    `${facts.date}, ${facts.cpu}, ${facts.cores} cores, load ${facts.load.join(' before and ')} after, ${facts.rounds} ` +
      `${facts.rounds === 1 ? 'round' : 'rounds'} in ${facts.minutes} minutes. ${Object.entries(facts.versions)
        .map((pair) => pair.join(' '))
        .join(', ')}.`,
    '',
    line(TITLES),
    line(TITLES.map(() => '---')),
    ...rows.map((row) => line(cellsOf(row))),
    '',
    missed.length === 0
      ? 'Every ratio is at least what was wanted.'
      : `Less than wanted: ${missed.map(({ what }) => what).join('; ')}.`,
    '',
    ...notesOf(rows, facts).map((note) => `- ${note}`),
  ].join('\n');
}

function notesOf(rows: readonly Row[], { gflops, cores }: Circumstances): string[] {
  return [
    'Figures are medians over the rounds, ratios medians of the ratios of each round, with least and most. Both sides take turns in every round. Keras is the better of oneDNN on and off.',
    'A core: what one thread does to pictures, in CPU time of its process. All else is time that passes. Pictures are decoded in a process of its own on both sides.',
    `At best: the arithmetic of the network at ${gflops.toFixed(0)} GFLOP/s, what TensorFlow's product of two 2048 × 2048 matrices reached here on ${cores} cores (prediction: on one), or the library underneath alone. For the augmentation none is named.`,
    ...rows
      .filter(({ extrapolated }) => extrapolated !== undefined)
      .map(({ extrapolated }) => `Extrapolated: ${extrapolated}.`),
  ];
}
