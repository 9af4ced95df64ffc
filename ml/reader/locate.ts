// Finds the parts of a frame that may be digits.

import type { GrayImage } from '../image/gray-image.ts';
import { addCandidates, type Candidate, type CandidateList } from './candidates.ts';
import { createInkRuns, findInk } from './ink-parts.ts';
import { createInkMeasure } from './ink-threshold.ts';
import { dropNested } from './nested.ts';
import { createWorkingPicture, type WorkingPicture } from './working-picture.ts';

export interface Located {
  picture: WorkingPicture;
  /** The first `count` entries; from left to right. */
  count: number;
  entries: Candidate[];
}

/** A function that looks for digits of both polarities. What it returns is reused by the next call. */
export function createLocator(): (frame: GrayImage) => Located {
  const workingPicture = createWorkingPicture();
  const measureInk = createInkMeasure();
  const sides = (['dark', 'bright'] as const).map((polarity) => ({ polarity, runs: createInkRuns(polarity) }));
  const list: CandidateList = { count: 0, entries: [] };
  return (frame) => {
    const picture = workingPicture(frame);
    list.count = 0;
    const thresholds = measureInk(picture.cells);
    for (const { polarity, runs } of sides) {
      const own = thresholds[polarity];
      if (!own.any) continue;
      findInk(picture, own, runs);
      addCandidates(picture, own, runs, list);
    }
    dropNested(list);
    return { picture, count: list.count, entries: list.entries };
  };
}
