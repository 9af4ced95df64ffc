// Reads the digits of a frame: find, preprocess, one batch through the network, decide, suppress.

import { decide } from '../decision.ts';
import { createFrameInputs } from './frame-inputs.ts';
import { isAmongLetters } from './company.ts';
import { doubtfulThreshold, findThreshold } from './find-threshold.ts';
import type { Box, FrameReader, FrameReaderOptions, FrameReading, ReadDigit, ReaderModel } from './frame-reading.ts';
import { suppressOverlaps } from './suppress.ts';

/**
 * A reader of one frame at a time. `infer` gets a view of such a buffer, which the next frame
 * overwrites.
 * @throws InvalidImage (from `read`), and what `infer` throws; the reader stays usable
 */
export function createFrameReader(options: FrameReaderOptions): FrameReader {
  const { model, infer, prepare = createFrameInputs(model.preprocessing), now = () => performance.now() } = options;
  const { classes } = model;
  return {
    async read(frame, { mode, threshold, crops } = {}) {
      const startedAt = now();
      const { count, boxes, thin, inputs, crops: cut } = prepare(frame, { mode, crops });
      const locatedAt = now();
      if (count === 0) return { decision: 'none', digits: [], ms: { locate: locatedAt - startedAt, infer: 0 } };
      const answer = infer(inputs, count);
      const probabilities = answer instanceof Float32Array ? answer : await answer; // [count, classes]
      const inferredAt = now();
      const rows = boxes.map((_, i) => probabilities.subarray(i * classes.length, (i + 1) * classes.length));
      const isDigit = rows.map((row) => decide(row, classes, 0).decision === 'digit');
      const digits: ReadDigit[] = [];
      for (const [i, own] of rows.entries()) {
        if (!isDigit[i]) continue;
        const least =
          threshold ?? (mode === 'whole' ? model.threshold : foundThreshold(model, i, { boxes, thin, isDigit }));
        const { label, probability, decision } = decide(own, classes, least);
        if (decision === 'none') continue;
        const digit: ReadDigit = { label, probability, probabilities: Array.from(own), decision, box: boxes[i]! };
        if (cut[i] !== undefined) digit.crop = cut[i]!;
        digits.push(digit);
      }
      const said = reading(suppressOverlaps(digits), { locate: locatedAt - startedAt, infer: inferredAt - locatedAt });
      if (mode === 'whole') said.whole = Array.from(probabilities);
      return said;
    },
  };
}

const foundThreshold = (
  { threshold }: ReaderModel,
  index: number,
  { boxes, thin, isDigit }: { boxes: readonly Box[]; thin: readonly boolean[]; isDigit: readonly boolean[] },
): number =>
  thin[index] === true || isAmongLetters(index, boxes, isDigit)
    ? doubtfulThreshold(threshold)
    : findThreshold(threshold);

function reading(digits: ReadDigit[], ms: FrameReading['ms']): FrameReading {
  const decision = digits.some((digit) => digit.decision === 'digit')
    ? 'digit'
    : digits.length > 0
      ? 'uncertain'
      : 'none';
  return { decision, digits, ms };
}
