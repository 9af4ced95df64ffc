// Feeds a session from a source until the source or the session ends. One frame is underway at a time: so a worker never
// has two of a file to choose from, and a live source is asked for its newest one only when that can be sent.

import type { Clock } from '../../artifacts/clock.ts';
import type { ResultMessage, ServerMessage } from '../protocol.ts';
import type { FrameSource, SourceFrame } from '../sources/source.ts';
import { openSessionClient, SessionClosed, type SessionClient, type SessionClientOptions } from './session-client.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 4_000;
/** A worker that restarts is back by then; a session waits for its client as long. */
const RETURN_LIMIT_MS = 30_000;
/** A dropped frame of a file is sent again after this. */
const RESEND_MS = 50;

export interface FeedOptions extends Omit<SessionClientOptions, 'onMessage'> {
  source: FrameSource;
  clock: Clock;
  signal: AbortSignal;
  onResult: (result: ResultMessage) => void;
  /** Every other message, and what happened to the connection, for people. */
  onMessage?: (message: ServerMessage) => void;
  onNotice?: (text: string) => void;
}

export interface FeedFigures {
  /** The last session that was fed. */
  session: string;
  frames: number;
  answered: number;
  /** Frames of a live source that the worker dropped, and attempts at frames of a file that were sent again. */
  dropped: number;
  /** Why feeding stopped. */
  end: 'source' | 'session' | 'signal';
}

/**
 * Resolves when the source has ended, the session was ended from elsewhere, or the signal was aborted.
 * @throws SessionClosed when the worker can't be reached (any more), and what the source throws
 */
export async function feedSession(options: FeedOptions): Promise<FeedFigures> {
  const { source, clock, signal, onResult, onNotice = () => undefined } = options;
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  let isPaused = (): boolean => false;
  let wake = (): void => undefined;
  const figures: FeedFigures = { session: '', frames: 0, answered: 0, dropped: 0, end: 'source' };

  const onMessage = (message: ServerMessage): void => {
    options.onMessage?.(message);
    if (message.t !== 'session') return;
    const { state } = message;
    isPaused = () => state === 'paused';
    if (message.state === 'ended') {
      figures.end = 'session';
      stop.abort();
    }
    wake();
  };
  const connect = async (url: string): Promise<SessionClient> => {
    const client = await openSessionClient({ ...options, url, onMessage });
    figures.session = client.hello.session;
    return client;
  };
  let client = await connect(options.url);
  signal.addEventListener('abort', () => wake(), { once: true });
  stop.signal.addEventListener('abort', () => wake(), { once: true });

  /** The same session on a new connection, where the worker still has it. */
  const comeBack = async (cause: SessionClosed): Promise<void> => {
    const until = clock.monotonic() + RETURN_LIMIT_MS;
    const link = new URL(options.url);
    link.searchParams.set('session', figures.session);
    onNotice(`${cause.message}; connecting again`);
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      await clock.sleep(delayMs, stopped).catch(() => undefined);
      if (stopped.aborted) return;
      try {
        client = await connect(link.href);
        return;
      } catch (error) {
        if (!(error instanceof SessionClosed && error.retryable) || clock.monotonic() > until) throw error;
      }
    }
  };
  /** Sends one frame; a file's is sent until it is answered. */
  const sendOne = async (frame: SourceFrame): Promise<void> => {
    for (;;) {
      while (isPaused() && !stopped.aborted) await new Promise<void>((resolve) => (wake = resolve));
      if (stopped.aborted) return;
      try {
        const result = await client.send(frame);
        if (result !== undefined) {
          figures.answered++;
          return onResult(result);
        }
        figures.dropped++;
        if (source.isLive) return;
        await clock.sleep(RESEND_MS, stopped).catch(() => undefined);
      } catch (error) {
        if (stopped.aborted) return;
        if (!(error instanceof SessionClosed && error.retryable)) throw error;
        await comeBack(error);
        if (source.isLive) return; // by now it is stale
      }
    }
  };

  let failure: unknown;
  try {
    for await (const frame of source.frames(stopped)) {
      if (stopped.aborted) break;
      figures.frames++;
      try {
        await sendOne(frame);
      } catch (error) {
        failure = error;
        stop.abort(); // before the loop is left: a live source is left only when it no longer waits for its camera
      }
      if (stopped.aborted) break;
    }
  } catch (error) {
    if (!stopped.aborted) failure = error;
  }
  stop.abort();
  await client.close();
  if (failure !== undefined) throw failure as Error;
  return signal.aborted ? { ...figures, end: 'signal' } : figures;
}
