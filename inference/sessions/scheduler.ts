// Whose frame is read next: sessions in turn, one frame each, picked when a thread is about to be free. So a session
// that sends more than others waits as long as they do, and what is read is always its newest frame.
//
// When there is more to read than can be read, a camera's frame is as old as its successor is near when its turn comes:
// up to 67 ms at 15 frames a second. A frame that is no longer fresh is therefore passed over while another session has a
// fresh one; its session keeps its place, and its next frame is read the moment it comes. Nothing is dropped for that.

import type { FrameAnswer, EncodedFrame, ReadFrameOptions, ReaderPool } from '../serving.ts';

export interface FrameJob {
  frame: EncodedFrame;
  options: ReadFrameOptions;
  answered: (answer: FrameAnswer) => void;
  failed: (error: unknown) => void;
}

/** A frame older than this is passed over … */
const FRESH_MS = 35;
/** … unless it has become so old that its session can't have a newer one soon: a slow camera, or one that waits for us. */
const PATIENCE_MS = 120;

/** Something with a mailbox. It has at most one job underway: its frames are answered in order. */
export interface FrameSource {
  /** When the frame in the mailbox came, by the scheduler's clock; undefined where there is none. */
  waitingSinceMs: () => number | undefined;
  /** Takes the newest frame out; undefined where there is none (any more). */
  take(): FrameJob | undefined;
}

export interface Scheduler {
  /** The source has a frame. It keeps its place when it had one already. */
  offer(source: FrameSource): void;
  withdraw(source: FrameSource): void;
}

export interface SchedulerOptions {
  pool: ReaderPool;
  /** Milliseconds that only go forward. */
  now: () => number;
  /**
   * Jobs beyond the pool's threads, so that a thread finds its next one waiting when it has finished: more makes frames
   * older (two: the median by 15 ms under full load), fewer leaves threads idle for as long as a message takes.
   * @default 1
   */
  ahead?: number;
}

export function createScheduler({ pool, now, ahead = 1 }: SchedulerOptions): Scheduler {
  const waiting = new Set<FrameSource>(); // in the order of their turns
  let underway = 0;

  // Others (HTTP) use the same pool: they may slow sessions down but never shut them out.
  const mayFeed = (): boolean => underway === 0 || pool.underway < pool.threads + ahead;
  /** The first with a fresh or a very old frame; else the first. */
  const pickNext = (): FrameSource | undefined => {
    let first: FrameSource | undefined;
    const at = now();
    for (const source of waiting) {
      const ageMs = at - (source.waitingSinceMs() ?? at);
      if (ageMs <= FRESH_MS || ageMs >= PATIENCE_MS) return source;
      first ??= source;
    }
    return first;
  };
  const pump = (): void => {
    while (mayFeed()) {
      const source = pickNext();
      if (source === undefined) return;
      waiting.delete(source);
      const job = source.take();
      if (job !== undefined) run(job);
    }
  };
  const run = ({ frame, options, answered, failed }: FrameJob): void => {
    underway++;
    // The thread gets its next frame before the answer is written: it shouldn't wait for JSON.
    const finish = (): void => {
      underway--;
      pump();
    };
    void pool.readFrame(frame, options).finally(finish).then(answered, failed);
  };

  return {
    offer(source) {
      waiting.add(source);
      pump();
    },
    withdraw: (source) => void waiting.delete(source),
  };
}
