// Whether the line carries gray frames (77 kB each) or only JPEG ones. The browser's buffer empties into the system's at
// once, so it alone tells little: what a large frame takes longer than a small one is what the line takes for its bytes.

/** Gray frames are sent while the socket drains this much. */
export const FAST_BYTES_PER_SECOND = 1.5e6;

const SMALL_BYTES = 32_000;
const KEPT = 9;
/** Fewer say nothing: one late answer is no slow line. */
const FEWEST = 4;
/** A line that was slow is tried again after this, then after twice as long, up to a minute. */
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 60_000;

export interface AnsweredFrame {
  sizeBytes: number;
  /** From sending to the answer, without the time in the worker. */
  lineMs: number;
  nowMs: number;
}

export interface LineSpeed {
  answered(frame: AnsweredFrame): void;
  /** The socket still holds bytes of an earlier frame: it had that long for the rest of them. */
  stillHolds(held: { drainedBytes: number; inMs: number; nowMs: number }): void;
  /** What to send now. */
  format(nowMs: number): 'gray8' | 'jpeg';
  reset(): void;
}

export function createLineSpeed(): LineSpeed {
  let small: number[] = [];
  let large: { sizeBytes: number; lineMs: number }[] = [];
  let slowUntilMs = 0;
  let retryMs = FIRST_RETRY_MS;

  const foundSlow = (nowMs: number): void => {
    slowUntilMs = nowMs + retryMs;
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    large = [];
  };
  return {
    answered({ sizeBytes, lineMs, nowMs }) {
      if (sizeBytes < SMALL_BYTES) {
        small = [...small, lineMs].slice(-KEPT);
        return;
      }
      if (nowMs < slowUntilMs) return; // sent before the line was found to be slow
      large = [...large, { sizeBytes, lineMs }].slice(-KEPT);
      if (large.length < FEWEST) return;
      // Without a small frame to compare with, the line's latency counts as slowness; JPEG frames then put that right.
      const ownMs = median(large.map((frame) => frame.lineMs)) - (small.length > 0 ? median(small) : 0);
      if (bytesPerSecond(median(large.map((frame) => frame.sizeBytes)), ownMs) < FAST_BYTES_PER_SECOND)
        foundSlow(nowMs);
      else if (large.length === KEPT) retryMs = FIRST_RETRY_MS;
    },
    stillHolds({ drainedBytes, inMs, nowMs }) {
      // A moment after sending nothing has drained yet, whatever the line.
      if (nowMs >= slowUntilMs && inMs >= 50 && bytesPerSecond(drainedBytes, inMs) < FAST_BYTES_PER_SECOND)
        foundSlow(nowMs);
    },
    format: (nowMs) => (nowMs < slowUntilMs ? 'jpeg' : 'gray8'),
    reset() {
      small = [];
      large = [];
      slowUntilMs = 0;
      retryMs = FIRST_RETRY_MS;
    },
  };
}

const bytesPerSecond = (bytes: number, ms: number): number => (ms <= 0 ? Infinity : (bytes / ms) * 1_000);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
