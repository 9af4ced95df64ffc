// A comparison in words, for the terminal and the page alike.

import { describeDifference } from '../runs/why-words.ts';
import type { MadeChange } from './changes.ts';
import type { ComparisonDocument, ShareName } from './comparison.ts';

export const SHARE_NAMES: Record<ShareName, string> = {
  accuracy: 'accuracy',
  recallAtThreshold: 'recall at the threshold',
  wrongAtThreshold: 'wrong at the threshold',
  falseDigits: 'false digits',
};

const count = (value: number): string => value.toLocaleString('en-US');

/** What the differences were counted on. */
export function testSentence({ test }: ComparisonDocument): string {
  if (test.same) return `Both were measured on the same ${count(test.common)} test samples.`;
  const splits = `The test splits differ (A ${count(test.a)} samples, B ${count(test.b)})`;
  if (test.common === 0)
    return `${splits} and have no sample in common: figures stand side by side, nothing is paired.`;
  const means = test.matchedBy === 'dataset' ? 'samples of the same dataset' : 'equal network inputs with equal labels';
  return `${splits}. Differences are counted on the ${count(test.common)} samples that both have (${means}); neither model saw them in its own training.`;
}

/** Who reads better, and whether that could be chance; empty where nothing was paired. */
export function verdictSentence({ figures }: ComparisonDocument): string {
  const { paired } = figures.accuracy;
  if (paired === null) return '';
  const { onlyA, onlyB, of, chance } = paired;
  const told = `Of ${count(of)} digits B reads ${count(onlyB)} right that A misreads, and misreads ${count(onlyA)} that A reads right`;
  if (onlyA === 0 && onlyB === 0) return `Both read the same of ${count(of)} digits right.`;
  return `${told}: ${chance < 0.05 ? 'chance alone would rarely do that' : 'chance alone could do that'} (${chanceText(chance)}).`;
}

export const chanceText = (chance: number): string => (chance < 0.001 ? 'p < 0.001' : `p = ${chance.toFixed(3)}`);

export const valueText = (value: unknown): string => (value === undefined ? '–' : JSON.stringify(value));

/** e.g. `code: ml/model.ts changed (train, evaluate)` */
export const madeText = ({ steps, difference }: MadeChange): string =>
  `${describeDifference(difference)} (${steps.join(', ')})`;
