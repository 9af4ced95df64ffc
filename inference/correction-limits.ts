// How many corrections are taken, and which ones a worker's sessions made a moment ago. All of it bounded: a client can
// make neither this memory nor the store grow without end.

import type { Clock } from '../artifacts/clock.ts';
import { CorrectionRefused } from './correction-refused.ts';
import type { Correction } from './sessions/feedback-sink.ts';

const HOUR_MS = 3_600_000;
/** The number in the store is counted by listing, and others may store and delete meanwhile. */
const COUNTED_EVERY_MS = 60_000;
/** A person changes his mind within seconds, and a page asks again within minutes. */
const REMEMBERED = 2_000;

export interface StandingCorrection {
  feedback: string;
  label: string;
}

type Place = Pick<Correction, 'session' | 'seq' | 'digitId'>;

export interface CorrectionLimits {
  /** What this worker stored for the same digit of the same frame, as far as it remembers. */
  standing(place: Place): StandingCorrection | undefined;
  /** Counts one attempt. @throws CorrectionRefused; and what counting throws */
  admit(session: string): Promise<void>;
  stored(place: Place, correction: StandingCorrection): void;
  removed(feedback: string): void;
}

export interface CorrectionLimitOptions {
  clock: Pick<Clock, 'monotonic'>;
  perSessionHour: number;
  most: number;
  /** How many stand in the store. */
  count: () => Promise<number>;
}

export function createCorrectionLimits({
  clock,
  perSessionHour,
  most,
  count,
}: CorrectionLimitOptions): CorrectionLimits {
  /** Oldest first, as Maps keep their order. */
  const remembered = new Map<string, StandingCorrection>();
  /** Session → times of its attempts within the last hour. */
  const attempts = new Map<string, number[]>();
  let counted = 0;
  let countedAtMs = -Infinity;

  const placeOf = ({ session, seq, digitId }: Place): string => `${seq} ${digitId} ${session}`;

  function admitSession(session: string): void {
    const nowMs = clock.monotonic();
    for (const [name, times] of attempts) if (nowMs - times.at(-1)! >= HOUR_MS) attempts.delete(name);
    const recent = (attempts.get(session) ?? []).filter((atMs) => nowMs - atMs < HOUR_MS);
    if (recent.length >= perSessionHour)
      throw new CorrectionRefused(`expected at most ${perSessionHour} corrections an hour from a session, got more`);
    attempts.set(session, [...recent, nowMs]);
  }

  return {
    standing: (place) => remembered.get(placeOf(place)),
    async admit(session) {
      admitSession(session);
      if (clock.monotonic() - countedAtMs >= COUNTED_EVERY_MS) {
        countedAtMs = clock.monotonic(); // before the answer: of many at once, one counts
        counted = await count().catch((error: unknown) => {
          countedAtMs = -Infinity;
          throw error;
        });
      }
      if (counted >= most)
        throw new CorrectionRefused(
          `expected at most ${most} stored corrections, got ${counted}: train with them, then ` +
            'delete some on the page or by `digitflow feedback delete` or `clear`',
        );
    },
    stored(place, correction) {
      counted++;
      remembered.set(placeOf(place), correction);
      const oldest = remembered.keys().next().value;
      if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    },
    removed(feedback) {
      counted = Math.max(0, counted - 1);
      for (const [place, each] of remembered) if (each.feedback === feedback) remembered.delete(place);
    },
  };
}
