// What was read, one line a reading: as long as the same stands, its line grows older, and no new one comes.

import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';

export interface HistoryEntry {
  /** Grows by one an entry. */
  id: number;
  /** The digits from left to right. */
  text: string;
  /** The least probability of them, at its best. */
  probability: number;
  /** Clock time of the first frame, milliseconds since 1970. */
  at: number;
  lastMs: number;
  modelVersion: number;
  /** Read in this page, not by the worker. */
  isLocal: boolean;
}

/** A reading that stood for fewer frames is a hand in the picture. */
const STABLE_FRAMES = 3;
/** As long as a digit may be covered without its line being closed. */
const GAP_MS = 1_500;
export const KEPT_ENTRIES = 40;

export interface Read {
  digits: readonly Pick<TrackedDigit, 'label' | 'probability' | 'stableFrames' | 'decision'>[];
  nowMs: number;
  modelVersion: number;
  isLocal: boolean;
}

/** The digits that stand, from left to right; '' when none or not all do. */
export function stableText(digits: Read['digits']): string {
  const sure = digits.filter(({ decision }) => decision === 'digit');
  return sure.every(({ stableFrames }) => stableFrames >= STABLE_FRAMES)
    ? sure.map(({ label }) => label).join(' ')
    : '';
}

/** The history after one more frame, the newest first; the same array when nothing came of it. */
export function remember(history: readonly HistoryEntry[], read: Read): readonly HistoryEntry[] {
  const text = stableText(read.digits);
  if (text === '') return history;
  const { nowMs, modelVersion, isLocal } = read;
  const probability = Math.min(...read.digits.filter((one) => one.decision === 'digit').map((one) => one.probability));
  const [last, ...older] = history;
  if (last !== undefined && last.text === text && nowMs - last.lastMs < GAP_MS)
    return [
      { ...last, lastMs: nowMs, probability: Math.max(probability, last.probability), modelVersion, isLocal },
      ...older,
    ];
  const entry = { id: (last?.id ?? 0) + 1, text, probability, at: nowMs, lastMs: nowMs, modelVersion, isLocal };
  return [entry, ...history].slice(0, KEPT_ENTRIES);
}
