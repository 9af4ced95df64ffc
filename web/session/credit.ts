// How many frames are on their way, and which. Whoever sends asks here first: never more unanswered frames than the
// worker gave credit for.

export interface OnItsWay {
  sentMs: number;
  sizeBytes: number;
}

export interface Credit {
  /** Whether one more frame may go. */
  mayOpen(): boolean;
  open(seq: number, frame: OnItsWay): void;
  /** Answered or dropped. @returns what was sent, undefined when it was not on its way */
  close(seq: number): OnItsWay | undefined;
  /** For how long the oldest frame has been waiting; 0 when none is. */
  waitingMs(nowMs: number): number;
  /** A new connection: whatever was on its way will never be answered. */
  reset(limit: number): void;
}

export function createCredit(limit = 0): Credit {
  let most = limit;
  const frames = new Map<number, OnItsWay>(); // in the order of sending
  return {
    mayOpen: () => frames.size < most,
    open: (seq, frame) => void frames.set(seq, frame),
    close(seq) {
      const frame = frames.get(seq);
      frames.delete(seq);
      return frame;
    },
    waitingMs(nowMs) {
      const [oldest] = frames.values();
      return oldest === undefined ? 0 : nowMs - oldest.sentMs;
    },
    reset(newLimit) {
      frames.clear();
      most = newLimit;
    },
  };
}
