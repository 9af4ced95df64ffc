// Which sample is for training, which for validation, which for test. Pure and seeded: the same columns and seed give
// the same sides anywhere.

import { permutation, createRandom } from '../random.ts';
import { sortIntoLists } from './flat-lists.ts';
import { inseparable } from './groups.ts';
import { measureLeakage, type LeakageReport } from './leakage.ts';
import { NO_GROUP, type SampleColumns } from './samples.ts';

export const SPLIT_RULES = ['builtin', 'grouped', 'random'] as const;
export type SplitRule = (typeof SPLIT_RULES)[number];

/** A side is an index into this list. */
export const SIDES = ['train', 'validation', 'test'] as const;

const [TRAIN, VALIDATION, TEST] = [0, 1, 2] as const;

/** One group in twelve measures the others: 10 of the 120 typefaces. */
const GROUPS_A_VALIDATION_GROUP = 12;

/** Samples that neither a hint nor a group places: 8,000, 500 and 1,500 of the 10,000 handwritten digits. */
const UNGROUPED_RATIOS: Ratios = { train: 0.8, validation: 0.05 };

/** The stream of random choices that each use has for itself. */
const STREAM = { class: 1, groups: 2, typefaces: 3 } as const;

interface Ratios {
  train: number;
  /** The test split gets the rest. */
  validation: number;
}

export interface SplitOptions {
  rule: SplitRule;
  seed: number;
  /** Shares of the samples for `grouped` and `random`; the test split gets the rest. `builtin` has its own. */
  trainRatio: number;
  validationRatio: number;
}

export interface Splits {
  /** [count] indices into SIDES. */
  sides: Uint8Array;
  leakage: LeakageReport;
}

/** Thrown when a dataset has too few independent parts for three sides. Not worth a retry. */
export class CannotSplit extends Error {
  override readonly name = 'CannotSplit';
  readonly code = 'CannotSplit';
  readonly retryable = false;
}

/**
 * Gives each sample a side, stratified by class.
 * - `random`: each sample for itself, as the reference script does. Identical pixels may land on two sides.
 * - `grouped`: no group and no identical pixels on two sides.
 * - `builtin`: hints where given; of the other groups one in twelve, spread over their order, to validation and the rest
 *   to train; samples without hint and group 80 / 5 / 15 % a source and class.
 * @throws CannotSplit when a side would be empty
 */
export function splitSamples(columns: SampleColumns, options: SplitOptions): Splits {
  const ratios = { train: options.trainRatio, validation: options.validationRatio };
  const sides = new Uint8Array(columns.count);
  if (options.rule === 'builtin') splitBuiltin(columns, options.seed, sides);
  else if (options.rule === 'grouped') splitGrouped(columns, ratios, options.seed, sides);
  else
    splitRandom(
      columns,
      Uint32Array.from(sides, (_, i) => i),
      ratios,
      options.seed,
      sides,
    );
  SIDES.forEach((name, side) => {
    if (!sides.includes(side)) {
      throw new CannotSplit(
        `${options.rule} split of ${columns.count} samples: expected samples on every side, got none for ${name}`,
      );
    }
  });
  return { sides, leakage: measureLeakage(options.rule, columns, sides) };
}

/** Stratified by source and class; each stratum is shuffled for itself. */
function splitRandom(
  columns: SampleColumns,
  samples: Uint32Array,
  ratios: Ratios,
  seed: number,
  sides: Uint8Array,
): void {
  const strata = new Map<number, number>(); // a list each
  const stratumOf = samples.map((sample) => {
    const stratum = columns.sources[sample]! * 256 + columns.labels[sample]!;
    if (!strata.has(stratum)) strata.set(stratum, strata.size);
    return strata.get(stratum)!;
  });
  const lists = sortIntoLists(stratumOf, strata.size);
  for (const [stratum, list] of strata) {
    const members = lists.of(list);
    const order = permutation(members.length, createRandom(seed, STREAM.class, stratum));
    const trainEnd = Math.round(members.length * ratios.train);
    const validationEnd = trainEnd + Math.round(members.length * ratios.validation);
    order.forEach((member, rank) => {
      sides[samples[members[member]!]!] = rank < trainEnd ? TRAIN : rank < validationEnd ? VALIDATION : TEST;
    });
  }
}

/**
 * Places whole components, largest first, each where it brings the class counts closest to their shares (the greedy of
 * stratified group folds). Components of one size come in a seeded order.
 */
function splitGrouped(columns: SampleColumns, ratios: Ratios, seed: number, sides: Uint8Array): void {
  const components = inseparable(columns);
  const order = permutation(components.count, createRandom(seed, STREAM.groups));
  order.sort((a, b) => components.sizeOf(b) - components.sizeOf(a)); // stable: equals stay in their seeded order
  const ofClass = new Float64Array(256);
  for (const label of columns.labels) ofClass[label]!++;
  const share = [ratios.train, ratios.validation, 1 - ratios.train - ratios.validation];
  const placed = share.map(() => new Float64Array(256));
  for (const number of order) {
    const component = components.of(number);
    const histogram = new Map<number, number>();
    for (const sample of component) {
      const label = columns.labels[sample]!;
      histogram.set(label, (histogram.get(label) ?? 0) + 1);
    }
    let best = TRAIN as number;
    let bestCost = Infinity;
    for (let side = 0; side < share.length; side++) {
      let cost = 0;
      for (const [label, added] of histogram) {
        // How far above its share the side would end, less how far it is now: the change of a sum of squares.
        const off = (placed[side]![label]! - share[side]! * ofClass[label]!) / ofClass[label]!;
        const step = added / ofClass[label]!;
        cost += step * (2 * off + step);
      }
      if (cost < bestCost) [best, bestCost] = [side, cost];
    }
    for (const [label, added] of histogram) placed[best]![label]! += added;
    for (const sample of component) sides[sample] = best;
  }
}

function splitBuiltin(columns: SampleColumns, seed: number, sides: Uint8Array): void {
  const loose: number[] = [];
  const freeGroups = new Set<number>();
  for (let sample = 0; sample < columns.count; sample++) {
    const hint = columns.splitHints[sample]!;
    const group = columns.groups[sample]!;
    if (hint !== 0) sides[sample] = hint - 1;
    else if (group === NO_GROUP) loose.push(sample);
    else freeGroups.add(group);
  }
  const validation = oneInTwelve(
    [...freeGroups].sort((a, b) => a - b),
    seed,
  );
  for (let sample = 0; sample < columns.count; sample++) {
    const group = columns.groups[sample]!;
    if (columns.splitHints[sample] === 0 && group !== NO_GROUP) {
      sides[sample] = validation.has(group) ? VALIDATION : TRAIN;
    }
  }
  splitRandom(columns, Uint32Array.from(loose), UNGROUPED_RATIOS, seed, sides);
}

/** One group out of each stretch of about twelve, so that all tiers of typefaces are measured. At least one. */
function oneInTwelve(groups: readonly number[], seed: number): Set<number> {
  const chosen = Math.min(groups.length, Math.max(1, Math.round(groups.length / GROUPS_A_VALIDATION_GROUP)));
  const random = createRandom(seed, STREAM.typefaces);
  return new Set(
    Array.from({ length: chosen }, (_, stretch) => {
      const start = Math.floor((stretch * groups.length) / chosen);
      const end = Math.floor(((stretch + 1) * groups.length) / chosen);
      return groups[start + random.integer(end - start)]!;
    }),
  );
}
