// Two models on the samples that both were tested on: how their shares differ, by how much that could be chance, and what
// they say differently. Browser-safe. It does not know where answers come from, nor which model is meant to be better.

import { decide } from './decision.ts';
import { signTest } from './paired.ts';
import { Z } from './proportion.ts';

/** What one model answered on its own test split. */
export interface ModelAnswers {
  classes: readonly string[];
  /** 0–1 */
  threshold: number;
  /** [samples, classes] calibrated. */
  probabilities: Float32Array;
  /** [samples] class names. */
  labels: readonly string[];
  /** [samples] names of slices. */
  sources: readonly string[];
  /** [samples] equal keys are one sample; one that stands several times is matched in order. */
  keys: readonly string[];
}

/** A share of both models on the same samples, by who has what is counted. */
export interface PairedShare {
  /** Samples; at least 1. */
  of: number;
  both: number;
  onlyA: number;
  onlyB: number;
  neither: number;
  /** Share of B less share of A, −1 … 1. */
  difference: number;
  /** Ends of the 95 % interval of the difference. */
  low: number;
  high: number;
  /** How often chance alone would part two equal models at least this far, 0–1: the exact sign test (McNemar). */
  chance: number;
}

/** null where there is nothing to count. */
export interface PairedShares {
  /** Digits read right, of the digits: the likeliest digit, whatever the threshold. */
  accuracy: PairedShare | null;
  /** Digits said and right. */
  recallAtThreshold: PairedShare | null;
  /** Digits said and wrong. */
  wrongAtThreshold: PairedShare | null;
  /** Samples of class `none` that are said to be a digit. */
  falseDigits: PairedShare | null;
}

/** What a model says of a sample: a digit's name, `uncertain` or `none`. */
export interface Saying {
  said: string;
  /** The likeliest digit, whatever is said. */
  digit: string;
  /** Of `digit`, 0–1. */
  probability: number;
}

export interface Disagreement {
  /** Indices of the sample in each model's own test split. */
  a: { sample: number } & Saying;
  b: { sample: number } & Saying;
  label: string;
  /** Slice, as A's dataset names it. */
  source: string;
  /** Whose word is the label. */
  right: 'a' | 'b' | 'neither';
}

export interface ModelComparison {
  /** Samples that both were tested on. */
  common: number;
  all: PairedShares;
  /** Slices that both datasets name alike, in A's order. */
  bySource: Record<string, PairedShares & { common: number }>;
  /** Where they say different things; the surest mistakes first. */
  disagreements: Disagreement[];
}

/** @throws RangeError when lengths don't fit */
export function compareModels(a: ModelAnswers, b: ModelAnswers): ModelComparison {
  const [sayingsA, sayingsB] = [sayingsOf(a), sayingsOf(b)];
  const pairs = alignKeys(a.keys, b.keys);
  const all = createCounters();
  const bySource = new Map<string, { counters: Counters; common: number }>();
  const disagreements: Disagreement[] = [];
  for (const [sampleA, sampleB] of pairs) {
    const label = a.labels[sampleA]!;
    const [sayingA, sayingB] = [sayingsA[sampleA]!, sayingsB[sampleB]!];
    all.add(label, sayingA, sayingB);
    const source = a.sources[sampleA]!;
    if (source === b.sources[sampleB]) {
      const slice = bySource.get(source) ?? { counters: createCounters(), common: 0 };
      slice.counters.add(label, sayingA, sayingB);
      slice.common++;
      bySource.set(source, slice);
    }
    if (sayingA.said === sayingB.said) continue;
    disagreements.push({
      a: { sample: sampleA, ...sayingA },
      b: { sample: sampleB, ...sayingB },
      label,
      source,
      right: sayingA.said === label ? 'a' : sayingB.said === label ? 'b' : 'neither',
    });
  }
  return {
    common: pairs.length,
    all: all.result(),
    bySource: Object.fromEntries(
      [...bySource].map(([name, { counters, common }]) => [name, { common, ...counters.result() }]),
    ),
    disagreements: disagreements.sort((x, y) => sureness(y) - sureness(x) || x.a.sample - y.a.sample),
  };
}

/** How sure the one is who is wrong: of both the surer where both are. */
const sureness = ({ a, b, right }: Disagreement): number =>
  Math.max(right === 'a' ? 0 : a.probability, right === 'b' ? 0 : b.probability);

function sayingsOf({ classes, threshold, probabilities, labels, sources, keys }: ModelAnswers): Saying[] {
  const expected = labels.length * classes.length;
  if (probabilities.length !== expected || sources.length !== labels.length || keys.length !== labels.length)
    throw new RangeError(
      `answers: expected ${labels.length} × ${classes.length} probabilities, ${labels.length} sources and keys, ` +
        `got ${probabilities.length}, ${sources.length} and ${keys.length}`,
    );
  return labels.map((_, sample) => {
    const row = probabilities.subarray(sample * classes.length, (sample + 1) * classes.length);
    const { label: digit, probability, decision } = decide(row, classes, threshold);
    return { said: decision === 'digit' ? digit : decision, digit, probability };
  });
}

/** Pairs of indices with equal keys, in A's order. */
function alignKeys(a: readonly string[], b: readonly string[]): [number, number][] {
  const waiting = new Map<string, number[]>();
  b.forEach((key, index) => {
    const indices = waiting.get(key);
    if (indices === undefined) waiting.set(key, [index]);
    else indices.push(index);
  });
  return a.flatMap((key, index): [number, number][] => {
    const other = waiting.get(key)?.shift();
    return other === undefined ? [] : [[index, other]];
  });
}

interface Counters {
  add(label: string, a: Saying, b: Saying): void;
  result(): PairedShares;
}

const NOT_A_DIGIT = new Set(['none', 'uncertain']);

function createCounters(): Counters {
  const accuracy = createCounter();
  const recall = createCounter();
  const wrong = createCounter();
  const falseDigits = createCounter();
  const isSaid = ({ said }: Saying): boolean => !NOT_A_DIGIT.has(said);
  return {
    add(label, a, b) {
      if (label === 'none') return falseDigits.add(isSaid(a), isSaid(b));
      accuracy.add(a.digit === label, b.digit === label);
      recall.add(a.said === label, b.said === label);
      wrong.add(isSaid(a) && a.said !== label, isSaid(b) && b.said !== label);
    },
    result: () => ({
      accuracy: accuracy.result(),
      recallAtThreshold: recall.result(),
      wrongAtThreshold: wrong.result(),
      falseDigits: falseDigits.result(),
    }),
  };
}

function createCounter() {
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  return {
    add(inA: boolean, inB: boolean): void {
      if (inA) counts[inB ? 'both' : 'onlyA']++;
      else counts[inB ? 'onlyB' : 'neither']++;
    },
    result: () => pairedShare(counts),
  };
}

/**
 * The interval is Agresti's and Min's ("Simple improved confidence intervals for comparing matched proportions",
 * Statistics in Medicine 2005): half a sample is added to each of the four counts, so that it doesn't shrink to nothing
 * where no sample speaks for one side.
 */
export function pairedShare(counts: Pick<PairedShare, 'both' | 'onlyA' | 'onlyB' | 'neither'>): PairedShare | null {
  const { both, onlyA, onlyB, neither } = counts;
  const of = both + onlyA + onlyB + neither;
  if (of === 0) return null;
  const size = of + 2;
  const centre = (onlyB - onlyA) / size;
  const spread = (Z * Math.sqrt(Math.max(0, onlyA + onlyB + 1 - ((onlyB - onlyA) * (onlyB - onlyA)) / size))) / size;
  return {
    of,
    ...counts,
    difference: (onlyB - onlyA) / of,
    low: Math.max(-1, centre - spread),
    high: Math.min(1, centre + spread),
    chance: signTest(onlyA, onlyB),
  };
}
