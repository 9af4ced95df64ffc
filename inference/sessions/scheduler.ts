// Whose frame is read next: sessions in turn, one frame each, picked when a thread is about to be free. So a session
// that sends more than others waits as long as they do, and what is read is always its newest frame.

import type { FrameAnswer, EncodedFrame, ReadFrameOptions, ReaderPool } from '../serving.ts';

export interface FrameJob {
  frame: EncodedFrame;
  options: ReadFrameOptions;
  answered: (answer: FrameAnswer) => void;
  failed: (error: unknown) => void;
}

/** Something with a mailbox. It has at most one job underway: its frames are answered in order. */
export interface FrameSource {
  /** Takes the newest frame out; undefined where there is none (any more). */
  take(): FrameJob | undefined;
}

export interface Scheduler {
  /** The source has a frame. It keeps its place when it had one already. */
  offer(source: FrameSource): void;
  withdraw(source: FrameSource): void;
}

/**
 * @param ahead jobs beyond the pool's threads, so that a thread finds its next one waiting when it has finished: more
 * makes frames older, fewer leaves threads idle for as long as a message takes
 */
export function createScheduler(pool: ReaderPool, ahead = 1): Scheduler {
  const waiting = new Set<FrameSource>(); // in the order of their turns
  let underway = 0;

  // Others (HTTP) use the same pool: they may slow sessions down but never shut them out.
  const mayFeed = (): boolean => underway === 0 || pool.underway < pool.threads + ahead;
  const pump = (): void => {
    for (const source of waiting) {
      if (!mayFeed()) return;
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
