// Whether a challenger takes the champion's place: the one rule, and the place where a fuller gate will stand.

/** Figures of one model on the challenger's test split. Shares 0–1. */
export interface GateFigures {
  /** Argmax over the digits, on the digit samples. */
  accuracy: number;
  /** Share of negatives taken for a digit at the model's threshold; absent without negatives. */
  falseDigitRate?: number | undefined;
}

export interface Verdict {
  promoted: boolean;
  /** One sentence for people. */
  reason: string;
}

/** Two models that differ by less were as likely to come out the other way round: about one standard error at 5,000 samples. */
const ACCURACY_TOLERANCE = 0.002;

/** A model that sees digits where none are is worse to live with than one that misses a few: one point is the limit. */
const FALSE_DIGIT_TOLERANCE = 0.01;

/**
 * The challenger takes over when it is not worse: accuracy at most 0.2 points below the champion's, false digits at most
 * 1 point above, both measured on the same samples.
 * @param champion undefined when there is none yet; a text says why it could not be measured: it then stays
 */
export function judge(challenger: GateFigures, champion: GateFigures | string | undefined): Verdict {
  if (champion === undefined) return { promoted: true, reason: 'the first version becomes champion' };
  if (typeof champion === 'string')
    return { promoted: false, reason: `the champion stays: it could not be measured on this test split (${champion})` };
  const lost = champion.accuracy - challenger.accuracy;
  if (lost > ACCURACY_TOLERANCE)
    return {
      promoted: false,
      reason: `the champion stays: accuracy ${percent(challenger.accuracy)} against its ${percent(champion.accuracy)}`,
    };
  const falser = (challenger.falseDigitRate ?? 0) - (champion.falseDigitRate ?? 0);
  if (falser > FALSE_DIGIT_TOLERANCE)
    return {
      promoted: false,
      reason: `the champion stays: false digits ${percent(challenger.falseDigitRate ?? 0)} against its ${percent(champion.falseDigitRate ?? 0)}`,
    };
  return {
    promoted: true,
    reason: `not worse than the champion: accuracy ${percent(challenger.accuracy)} against ${percent(champion.accuracy)}`,
  };
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
