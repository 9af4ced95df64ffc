// What makes a source live: stale frames are let go, and a camera that goes away is waited for.

import type { Clock } from '../../artifacts/clock.ts';
import { SourceFailed } from './source.ts';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;

export interface ReconnectOptions<Frame> {
  open: () => AsyncIterable<Frame>;
  clock: Clock;
  signal: AbortSignal;
  /** Told once for each loss, with the time to the next attempt. */
  lost: (error: unknown, delayMs: number) => void;
}

/**
 * The frames of a source that is opened again whenever it ends, with growing pauses; each frame makes them short again.
 * @throws what says `retryable: false`, e.g. that there is no ffmpeg
 */
export async function* reconnecting<Frame>({
  open,
  clock,
  signal,
  lost,
}: ReconnectOptions<Frame>): AsyncGenerator<Frame> {
  for (let delayMs = FIRST_DELAY_MS; !signal.aborted; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
    let reason: unknown = new Error('the source ended');
    try {
      for await (const frame of open()) {
        delayMs = FIRST_DELAY_MS;
        yield frame;
      }
    } catch (error) {
      if ((error as { retryable?: unknown }).retryable === false) throw error;
      reason = error;
    }
    if (signal.aborted) return;
    lost(reason, delayMs);
    await clock.sleep(delayMs, signal).catch(() => undefined);
  }
}

export interface SilenceOptions<Frame> {
  /** Ends when the signal is aborted. */
  open: (signal: AbortSignal) => AsyncIterable<Frame>;
  signal: AbortSignal;
  /** For the error. */
  name: string;
  /** @default 15 s: a camera that wakes up, or a stream that is connected to, has its first frame by then */
  limitMs?: number;
}

/**
 * The frames of a source that is given up when none comes for a while: a camera that hangs ends nothing by itself.
 * @throws SourceFailed then
 */
export async function* neverSilent<Frame>(options: SilenceOptions<Frame>): AsyncGenerator<Frame> {
  const { open, signal, name, limitMs = 15_000 } = options;
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), limitMs);
  try {
    for await (const frame of open(AbortSignal.any([signal, cut.signal]))) {
      timer.refresh();
      yield frame;
    }
  } finally {
    clearTimeout(timer);
  }
  if (cut.signal.aborted) throw new SourceFailed(`${name}: no frame for ${limitMs / 1_000} s`);
}

/** Always the newest frame: the source is read as fast as it goes, and what was not taken is let go. */
export async function* newestOnly<Frame>(frames: AsyncIterable<Frame>): AsyncGenerator<Frame> {
  const iterator = frames[Symbol.asyncIterator]();
  let newest: { frame: Frame } | undefined;
  let failure: { error: unknown } | undefined;
  let isDone = false;
  const left = new AbortController();
  let wake = (): void => undefined;
  const pump = async (): Promise<void> => {
    try {
      while (!left.signal.aborted) {
        const { value, done } = await iterator.next();
        if (done === true) break;
        newest = { frame: value };
        wake();
      }
    } catch (error) {
      failure = { error };
    }
    isDone = true;
    wake();
  };
  const pumping = pump();
  try {
    for (;;) {
      if (newest !== undefined) {
        const { frame } = newest;
        newest = undefined;
        yield frame;
      } else if (failure !== undefined) throw failure.error;
      else if (isDone) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    left.abort();
    await iterator.return?.();
    await pumping;
  }
}
