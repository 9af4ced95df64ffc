// Reads the digits of a frame: find, preprocess, one batch through the network, decide, suppress.

import { decide } from '../decision.ts';
import { createFrameInputs } from './frame-inputs.ts';
import { findThreshold } from './find-threshold.ts';
import type { FrameReader, FrameReaderOptions, FrameReading, ReadDigit } from './frame-reading.ts';
import { suppressOverlaps } from './suppress.ts';

/**
 * A reader with buffers of its own: one frame at a time. `infer` gets a view of such a buffer, which the next frame
 * overwrites.
 * @throws InvalidImage (from `read`), and what `infer` throws; the reader stays usable
 */
export function createFrameReader({ model, infer, now = () => performance.now() }: FrameReaderOptions): FrameReader {
  const { classes } = model;
  const prepare = createFrameInputs(model.preprocessing);
  return {
    async read(frame, { mode, threshold, crops } = {}) {
      const startedAt = now();
      const { count, boxes, inputs, crops: cut } = prepare(frame, { mode, crops });
      const locatedAt = now();
      if (count === 0) return { decision: 'none', digits: [], ms: { locate: locatedAt - startedAt, infer: 0 } };
      const answer = infer(inputs, count);
      const probabilities = answer instanceof Float32Array ? answer : await answer; // [count, classes]
      const inferredAt = now();
      const least = threshold ?? (mode === 'whole' ? model.threshold : findThreshold(model.threshold));
      const digits: ReadDigit[] = [];
      for (let i = 0; i < count; i++) {
        const own = probabilities.subarray(i * classes.length, (i + 1) * classes.length);
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

function reading(digits: ReadDigit[], ms: FrameReading['ms']): FrameReading {
  const decision = digits.some((digit) => digit.decision === 'digit')
    ? 'digit'
    : digits.length > 0
      ? 'uncertain'
      : 'none';
  return { decision, digits, ms };
}
