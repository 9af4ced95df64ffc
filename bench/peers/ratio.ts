// Ratios of figures that were taken in turn. All figures are costs, seconds an item: a ratio of 2 means half the cost.

import { medianOf } from '../harness.ts';

/** Costs by round. */
export interface Rounds {
  median: number;
  least: number;
  most: number;
  rounds: number;
}

export interface Ratio {
  ours: Rounds;
  theirs: Rounds;
  /** Which variant of theirs was cheaper, by median. */
  variant: string;
  /** Theirs ÷ ours, round by round: what else the machine does then hits both alike. */
  ratio: Rounds;
}

/** @throws RangeError for no rounds */
export function roundsOf(costs: readonly number[]): Rounds {
  if (costs.length === 0) throw new RangeError('expected figures of at least one round, got none');
  const sorted = costs.toSorted((a, b) => a - b);
  return { median: medianOf(sorted), least: sorted[0]!, most: sorted.at(-1)!, rounds: costs.length };
}

/**
 * @param ours cost of each round
 * @param variants the other side's costs of the same rounds, by how it was set up; the better one counts
 * @throws RangeError for no rounds, no variants, or other numbers of rounds
 */
export function ratioOf(ours: readonly number[], variants: Readonly<Record<string, readonly number[]>>): Ratio {
  const named = Object.entries(variants).map(([variant, costs]) => ({ variant, costs, theirs: roundsOf(costs) }));
  if (named.length === 0) throw new RangeError('expected at least one variant, got none');
  const best = named.reduce((a, b) => (b.theirs.median < a.theirs.median ? b : a));
  if (best.costs.length !== ours.length)
    throw new RangeError(`expected ${ours.length} rounds of both, got ${best.costs.length} of '${best.variant}'`);
  return {
    ours: roundsOf(ours),
    theirs: best.theirs,
    variant: best.variant,
    ratio: roundsOf(best.costs.map((cost, round) => cost / ours[round]!)),
  };
}
