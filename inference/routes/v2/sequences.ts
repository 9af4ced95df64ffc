// A client's sequence is a session: its frames are answered in order, each with the mean of the last few frames'
// probabilities, so that one bad frame doesn't change the answer. Bounded in number and idle time.

import { HttpProblem, quoted } from '../problem.ts';
import type { ModelIdentity } from '../../serving.ts';
import type { Sequence } from './infer-request.ts';

/** A third of a second at 15 frames a second: calm, and still quicker than a hand that changes the digit. */
const WINDOW_FRAMES = 5;
const MOST_SEQUENCES = 1_024;
/** A client that died never says sequence_end. */
export const IDLE_MS = 60_000;

interface OpenSequence {
  /** Oldest first; all of one model version. */
  frames: Float32Array[];
  version: number;
  usedAtMs: number;
  /** Settles when every earlier frame is answered. */
  tail: Promise<unknown>;
}

interface Answer {
  probabilities: Float32Array;
  model: ModelIdentity;
}

export interface Sequences {
  /**
   * Runs one frame of a sequence after those before it and smooths its answer.
   * @throws HttpProblem bad-request when its first frame says no sequence_start; overloaded when there are too many
   */
  answer(sequence: Sequence, infer: () => Promise<Answer>): Promise<Answer>;
  readonly size: number;
}

/** @param options.now milliseconds that only go forward @default () => performance.now() */
export function createSequences({ now = () => performance.now() }: { now?: () => number } = {}): Sequences {
  // In the order of their last use: the first is idle for the longest time.
  const open = new Map<number | string, OpenSequence>();

  function forgetIdle(): void {
    for (const [id, { usedAtMs }] of open) {
      if (now() - usedAtMs < IDLE_MS) return;
      open.delete(id);
    }
  }

  function enter({ id, start, end }: Sequence): OpenSequence {
    forgetIdle();
    const standing = open.get(id);
    if (standing === undefined && !start)
      throw new HttpProblem(
        'bad-request',
        `sequence ${quoted(String(id))}: expected sequence_start on its first frame`,
      );
    if (standing === undefined && open.size >= MOST_SEQUENCES)
      throw new HttpProblem('overloaded', `expected at most ${MOST_SEQUENCES} open sequences`);
    const entry: OpenSequence =
      standing === undefined || start
        ? { frames: [], version: 0, usedAtMs: 0, tail: standing?.tail ?? Promise.resolve() }
        : standing;
    entry.usedAtMs = now();
    open.delete(id);
    if (!end) open.set(id, entry);
    return entry;
  }

  return {
    get size() {
      return open.size;
    },
    answer(sequence, infer) {
      const entry = enter(sequence);
      const mine = entry.tail.then(async () => smooth(entry, await infer()));
      entry.tail = mine.catch(() => undefined); // a frame that failed is its own client's affair
      return mine;
    },
  };
}

/** The mean of the window with this frame in it. Another version starts anew: no answer is a mixture of two models. */
function smooth(entry: OpenSequence, { probabilities, model }: Answer): Answer {
  if (entry.version !== model.version) entry.frames = [];
  entry.version = model.version;
  entry.frames.push(probabilities);
  if (entry.frames.length > WINDOW_FRAMES) entry.frames.shift();
  const mean = probabilities.map((_, index) => {
    let sum = 0;
    for (const frame of entry.frames) sum += frame[index]!;
    return sum / entry.frames.length;
  });
  return { probabilities: mean, model };
}
