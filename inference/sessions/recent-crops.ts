// The crops of a session's last seconds, kept only while its teaching is on: what a correction can still be about.

import type { Decision } from '../../ml/decision.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { FrameReading, TrackedDigit } from '../../ml/reader/frame-reading.ts';
import type { ModelIdentity } from '../serving.ts';

/** Frames kept at most, whatever their rate: with ten digits each under 5 MB. */
const MOST_FRAMES = 90;

export interface SeenDigit {
  crop: GrayImage;
  prediction: { label: string; probability: number; probabilities: readonly number[]; decision?: Decision };
  model: ModelIdentity;
}

export interface AnsweredFrame {
  seq: number;
  model: ModelIdentity;
  reading: FrameReading;
  /** The same digits in the same order. */
  digits: readonly TrackedDigit[];
}

export interface RecentCrops {
  keep(frame: AnsweredFrame): void;
  find(seq: number, digitId: number): SeenDigit | undefined;
  /** Forgets what has become too old. */
  expire(): void;
  clear(): void;
}

/** @param options.now milliseconds that only go forward */
export function createRecentCrops({ keepMs, now }: { keepMs: number; now: () => number }): RecentCrops {
  const frames: { at: number; seq: number; digits: Map<number, SeenDigit> }[] = []; // the oldest first
  const expire = (): void => {
    const oldest = now() - keepMs;
    while (frames.length > MOST_FRAMES || (frames[0] !== undefined && frames[0].at < oldest)) frames.shift();
  };
  return {
    keep({ seq, model, reading, digits }) {
      const seen = new Map<number, SeenDigit>();
      digits.forEach(({ id, raw, probabilities }, index) => {
        const { crop, decision } = reading.digits[index] ?? {};
        if (crop !== undefined)
          seen.set(id, { crop, model, prediction: { ...raw, probabilities, ...(decision && { decision }) } });
      });
      if (seen.size > 0) frames.push({ at: now(), seq, digits: seen });
      expire();
    },
    find(seq, digitId) {
      expire();
      return frames.findLast((frame) => frame.seq === seq)?.digits.get(digitId);
    },
    expire,
    clear: () => void (frames.length = 0),
  };
}
