// Corrections as sessions would make them.

import { makeCorrection, type CorrectionDraft } from '../../artifacts/feedback.ts';
import type { CorrectionRecord } from '../../artifacts/manifests.ts';
import { encodePng } from '../../ml/codecs/png.ts';

/** A small picture that differs for every number. */
export function cropOf(number: number, side = 12): CorrectionDraft['crop'] {
  const pixels = Uint8Array.from(
    { length: side * side },
    (_, i) => (i * 7 + number * 13 + (i === 0 ? number : 0)) & 255,
  );
  return { png: encodePng({ pixels, width: side, height: side }), width: side, height: side };
}

/** @param number names session, frame, digit, picture and the random part of the id */
export function correctionOf(number: number, nowMs: number, changes: Partial<CorrectionDraft> = {}): CorrectionRecord {
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, number);
  return makeCorrection(
    {
      label: String(number % 10) as CorrectionRecord['label'],
      prediction: { label: '1', probability: 0.75, decision: 'uncertain' },
      model: { name: 'digits', version: 1, digest: 'ab'.repeat(32) },
      session: `session-${number % 3}`,
      seq: number,
      digit: 1,
      crop: cropOf(number),
      ...changes,
    },
    { nowMs, random },
  );
}
