// Corrections: off until a person turns them on; then a click or a key on a digit stores its crop with the true label.

import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { HelloMessage, LabelledMessage, UnlabelledMessage } from '../../inference/protocol.ts';
import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';
import type { Connection } from '../session/connection.ts';
import type { FrameResult } from '../session/frame-result.ts';
import type { Notices } from './notices.ts';
import { createStoredCorrections, type StoredCorrections } from './stored-corrections.ts';

/** The worker keeps a session's crops for three seconds; what is nearly as old is read again first. */
const FRESH_MS = 2_000;
const UNDO_MS = 10_000;
/** What the worker does not confirm until then is not stored. */
const PATIENCE_MS = 5_000;

export type Offer = HelloMessage['teach'];

export interface Undoable {
  feedback: string;
  label: string;
  untilMs: number;
}

export interface TeachingOptions {
  /** Undefined while there is no worker. */
  offer: ReadonlySignal<Offer | undefined>;
  connection: Pick<Connection, 'send'>;
  notices: Notices;
  token: () => string | undefined;
  result: ReadonlySignal<FrameResult | undefined>;
  readAgain: () => void;
}

export interface Teaching {
  isOn: Signal<boolean>;
  /** Why it can't be used now; undefined when it can. */
  whyNot: ReadonlySignal<string | undefined>;
  /** Says what a digit truly is. @param label a class of the model, `none` included */
  correct(digit: TrackedDigit, label: string): void;
  /** The last correction, for as long as it can be taken back by a click. */
  undoable: ReadonlySignal<Undoable | undefined>;
  undo(): void;
  stored: StoredCorrections;
  take(message: LabelledMessage | UnlabelledMessage): void;
}

export function createTeaching({ offer, connection, notices, token, result, readAgain }: TeachingOptions): Teaching {
  const isOn = signal(false);
  const undoable = signal<Undoable | undefined>(undefined);
  const stored = createStoredCorrections(token);
  const underway = new Map<string, { label: string; timer: ReturnType<typeof setTimeout> }>();

  const whyNot = computed(() => {
    const offered = offer.value;
    if (offered === undefined) return 'Corrections need the worker, and it is away.';
    return offered.available ? undefined : offered.reason;
  });

  function send(of: FrameResult, digit: TrackedDigit, label: string): void {
    const key = `${of.seq}:${digit.id}`;
    const timer = setTimeout(() => {
      underway.delete(key);
      notices.show({ text: 'The correction was not stored: the worker did not answer.' });
    }, PATIENCE_MS);
    underway.set(key, { label, timer });
    connection.send({ t: 'label', seq: of.seq, id: digit.id, label });
  }

  /** The next answer about the same picture, read again because the worker has forgotten the last one's crops. */
  function onceReadAgain(before: FrameResult, then: (again: FrameResult) => void): void {
    const stop = effect(() => {
      const again = result.value;
      if (again === undefined || again === before) return;
      queueMicrotask(() => stop());
      if (again.by === 'server') then(again);
    });
    setTimeout(stop, PATIENCE_MS);
    readAgain();
  }

  function forgetUndo(feedback: string): void {
    if (undoable.peek()?.feedback === feedback) undoable.value = undefined;
  }

  return {
    isOn,
    whyNot,
    undoable,
    stored,
    correct(digit, label) {
      const shown = result.peek();
      if (!isOn.peek() || shown === undefined) return;
      const reason =
        whyNot.peek() ?? (shown.by === 'browser' ? 'This was read in the page; the worker never saw it.' : undefined);
      if (reason !== undefined) return void notices.show({ text: reason });
      const isInIt = shown.digits.some(({ id }) => id === digit.id); // else it is only bridged over
      if (isInIt && performance.now() - shown.answeredMs < FRESH_MS) return send(shown, digit, label);
      onceReadAgain(shown, (again) => {
        const same = nearest(again.digits, digit);
        if (same === undefined) notices.show({ text: 'Nothing was stored: the digit is no longer in view.' });
        else send(again, same, label);
      });
    },
    undo() {
      const last = undoable.peek();
      if (last === undefined) return;
      connection.send({ t: 'unlabel', feedback: last.feedback });
    },
    take(message) {
      if (message.t === 'unlabelled') {
        if (message.error !== undefined) notices.show({ text: `It could not be taken back: ${message.error}` });
        else {
          forgetUndo(message.feedback);
          notices.show({ text: 'Taken back: nothing of it is stored.' }, 3_000);
        }
        void stored.refresh();
        return;
      }
      const key = `${message.seq}:${message.id}`;
      const about = underway.get(key);
      if (about === undefined) return;
      clearTimeout(about.timer);
      underway.delete(key);
      const { feedback } = message;
      if (feedback === null) {
        notices.show({ text: `The correction was not stored: ${message.error ?? 'the worker refused it'}` });
        return;
      }
      undoable.value = { feedback, label: about.label, untilMs: performance.now() + UNDO_MS };
      setTimeout(forgetUndo, UNDO_MS, feedback);
      void stored.refresh();
    },
  };
}

function nearest(digits: readonly TrackedDigit[], { box }: TrackedDigit): TrackedDigit | undefined {
  const distance = (other: TrackedDigit): number =>
    Math.hypot(other.box.x + other.box.w / 2 - box.x - box.w / 2, other.box.y + other.box.h / 2 - box.y - box.h / 2);
  const [first] = digits.toSorted((a, b) => distance(a) - distance(b));
  return first !== undefined && distance(first) < Math.max(box.w, box.h) ? first : undefined;
}
