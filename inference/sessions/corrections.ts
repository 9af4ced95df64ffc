// A session's corrections: from a person's word about one digit to the sink, and back within the session.

import { CorrectionRefused } from '../correction-refused.ts';
import type { LabelledMessage, UnlabelledMessage } from '../protocol.ts';
import type { FeedbackSink } from './feedback-sink.ts';
import type { RecentCrops } from './recent-crops.ts';

/** Corrections that a session may take back: the page offers it for ten seconds. */
const MOST_UNDOABLE = 100;

export interface CorrectionsOptions {
  session: string;
  sink: FeedbackSink;
  crops: RecentCrops;
  /** A store's errors stay in the worker's own log. */
  logFailure: (error: unknown) => void;
  /** Told of each correction stored (1) or taken back (-1). */
  counted: (change: 1 | -1) => void;
}

export interface Corrections {
  /** @param labels the classes that a correction may name */
  label(
    correction: { seq: number; id: number; label: string },
    teach: { on: boolean; labels: readonly string[] },
  ): Promise<LabelledMessage>;
  /** Only what this session stored. */
  unlabel(feedback: string): Promise<UnlabelledMessage>;
}

export function createCorrections({ session, sink, crops, logFailure, counted }: CorrectionsOptions): Corrections {
  const own = new Set<string>();
  return {
    async label({ seq, id, label }, { on, labels }) {
      const refused = (error: string): LabelledMessage => ({ t: 'labelled', seq, id, feedback: null, error });
      const state = sink.state();
      if (!state.available) return refused(state.reason);
      if (!on) return refused('teaching is off in this session');
      if (!labels.includes(label)) return refused('this label is not one of the model’s classes');
      const seen = crops.find(seq, id);
      if (seen === undefined) return refused('this digit was seen too long ago');
      try {
        const { feedback } = await sink.store({ ...seen, label, session, seq, digitId: id });
        own.add(feedback);
        if (own.size > MOST_UNDOABLE) own.delete(own.keys().next().value!);
        counted(1);
        return { t: 'labelled', seq, id, feedback };
      } catch (error) {
        logFailure(error);
        return refused(
          error instanceof CorrectionRefused ? error.message : 'the correction could not be stored; try again',
        );
      }
    },
    async unlabel(feedback) {
      if (!own.has(feedback)) return { t: 'unlabelled', feedback, error: 'not a correction of this session' };
      try {
        await sink.remove(feedback);
        if (own.delete(feedback)) counted(-1);
        return { t: 'unlabelled', feedback };
      } catch (error) {
        logFailure(error);
        return { t: 'unlabelled', feedback, error: 'the correction could not be deleted; try again' };
      }
    },
  };
}
