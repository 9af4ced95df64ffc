import { likeliestClass } from '../decision.ts';
import { contactSheet } from '../image/contact-sheet.ts';
import type { GrayImage } from '../image/gray-image.ts';
import type { Mistake } from './report-data.ts';

/** A misread sample, by index. */
export interface Misreading {
  sample: number;
  /** Class index that was read, `none` included. */
  read: number;
  /** 0–1 */
  probability: number;
}

const SHEET_COLUMNS = 8;
const SHEET_CELL = 64;

/**
 * Every sample whose likeliest class is not its own, the surest first: those are the ones worth a look.
 * @param probabilities [samples, classCount]
 * @param labels [samples] class indices
 */
export function findMistakes(probabilities: Float32Array, labels: ArrayLike<number>, classCount: number): Misreading[] {
  const found: Misreading[] = [];
  for (let sample = 0; sample < labels.length; sample++) {
    const offset = sample * classCount;
    const read = likeliestClass(probabilities, classCount, offset);
    if (read !== labels[sample]) found.push({ sample, read, probability: probabilities[offset + read]! });
  }
  return found.sort((a, b) => b.probability - a.probability || a.sample - b.sample);
}

/** The mistakes as one picture, row by row, surest first. A blank cell when there is none. */
export const mistakesSheet = (mistakes: readonly Mistake[]): GrayImage =>
  contactSheet(
    mistakes.map((mistake) => mistake.image),
    { columns: SHEET_COLUMNS, cellSide: SHEET_CELL },
  );
