// The sink of people's corrections over the object store: crops are made small, labels checked, numbers bounded.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../artifacts/clock.ts';
import { StoreAccessDenied } from '../artifacts/errors.ts';
import { deleteCorrection, makeCorrection, storeCorrection } from '../artifacts/feedback.ts';
import { countCorrections } from '../artifacts/feedback-list.ts';
import { keys } from '../artifacts/keys.ts';
import { CORRECTION_LABELS, type CorrectionLabel } from '../artifacts/manifests.ts';
import type { Store } from '../artifacts/store.ts';
import { encodePng } from '../ml/codecs/png.ts';
import { limitSize, ORIGINAL_SIDE } from '../ml/image/resample.ts';
import { createCorrectionLimits } from './correction-limits.ts';
import { CorrectionRefused } from './correction-refused.ts';
import type { Correction, FeedbackSink, TeachState } from './sessions/feedback-sink.ts';

/** A store that said no, or nothing, is asked again when somebody wants to teach: it may have been given rights since. */
const ASKED_AGAIN_AFTER_MS = 30_000;

export interface FeedbackSinkOptions {
  store: Store;
  clock: Clock;
  /** How many a session may store within an hour. A person makes a few a minute. @default 600 */
  perSessionHour?: number;
  /** How many may stand at all; with several workers it may be passed by a few. @default 20,000 (about 100 MB) */
  most?: number;
}

export interface StoreFeedbackSink extends FeedbackSink {
  /** Asks the store now whether corrections can be written and deleted. Never throws. */
  check(): Promise<TeachState>;
}

/**
 * The sink; ask `check` once at the start. It sees to it that the same correction (session, frame, digit) stands once:
 * the same label again gives the same id, another label takes the place of the earlier one.
 */
export function createFeedbackSink({
  store,
  clock,
  perSessionHour = 600,
  most = 20_000,
}: FeedbackSinkOptions): StoreFeedbackSink {
  const limits = createCorrectionLimits({ clock, perSessionHour, most, count: () => countCorrections(store) });
  let state: TeachState = { available: false, reason: 'the object store has not been asked yet' };
  let askedAtMs = -Infinity;

  async function check(): Promise<TeachState> {
    askedAtMs = clock.monotonic();
    return (state = await askStore(store));
  }
  async function noticing<Result>(work: Promise<Result>): Promise<Result> {
    return work.catch((error: unknown) => {
      if (error instanceof StoreAccessDenied) state = { available: false, reason: NO_RIGHTS };
      throw error;
    });
  }

  return {
    check,
    state() {
      if (!state.available && clock.monotonic() - askedAtMs >= ASKED_AGAIN_AFTER_MS) void check();
      return state;
    },
    async store(correction) {
      const label = checkLabel(correction.label);
      const standing = limits.standing(correction);
      if (standing?.label === label) return { feedback: standing.feedback };
      await noticing(limits.admit(correction.session));
      // What the person said before is no longer meant, whether or not the new word can be stored.
      if (standing !== undefined) await noticing(deleteCorrection({ store, clock }, standing.feedback));
      const record = makeCorrection(draftOf(correction, label), { nowMs: clock.now(), random: randomBytes(10) });
      await noticing(storeCorrection(store, record));
      limits.stored(correction, { feedback: record.id, label });
      return { feedback: record.id };
    },
    async remove(feedback) {
      await noticing(deleteCorrection({ store, clock }, feedback));
      limits.removed(feedback);
    },
  };
}

const NO_RIGHTS = 'this worker’s keys may not write and delete under feedback/ in the object store';

async function askStore(store: Store): Promise<TeachState> {
  const key = keys.feedbackProbe(randomUUID());
  try {
    await store.put(key, new Uint8Array(1));
    await store.delete(key); // who can't delete can't undo, either
    return { available: true };
  } catch (error) {
    const reason =
      error instanceof StoreAccessDenied ? NO_RIGHTS : 'the object store does not take corrections just now';
    return { available: false, reason };
  }
}

function checkLabel(label: string): CorrectionLabel {
  const known = CORRECTION_LABELS.find((each) => each === label);
  if (known === undefined)
    throw new CorrectionRefused(`label: expected a digit or none, got ${JSON.stringify(label.slice(0, 20))}`);
  return known;
}

function draftOf({ crop, prediction, model, session, seq, digitId }: Correction, label: CorrectionLabel) {
  // `digit` preprocessing begins by the same reduction, so nothing is lost that a model would have seen.
  const small = limitSize(crop, ORIGINAL_SIDE);
  const { name, version, digest } = model;
  return {
    label,
    // Rounding in a runtime may give a hair more than 1.
    prediction: {
      label: prediction.label,
      probability: Math.min(1, Math.max(0, prediction.probability)),
      ...(prediction.decision !== undefined && { decision: prediction.decision }),
    },
    model: { name, version, digest },
    session,
    seq,
    digit: digitId,
    crop: { png: encodePng(small), width: small.width, height: small.height },
  };
}
