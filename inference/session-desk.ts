// How others see the sessions of a worker: count them, watch one, pause or end it. The desk knows nothing of sockets or
// Temporal; the server fills it, a workflow's activity watches it.

export type SessionState = 'waiting' | 'open' | 'paused' | 'ended' | 'lost';
export type SessionSource = 'browser' | 'camera' | 'file' | 'rtsp';

/** Live figures, and at the end the summary. Small: it travels as heartbeat details. */
export interface SessionFigures {
  session: string;
  state: SessionState;
  source: SessionSource;
  startedAt: string;
  endedAt?: string;
  /** Why it ended: `bye`, `idle`, `ended by …`, `worker stopped`. */
  reason?: string;
  frames: { received: number; answered: number; dropped: number };
  /** Frames by decision. */
  decisions: { digit: number; uncertain: number; none: number };
  /** Smoothed digits by label, each digit (id) counted once a label. */
  labels: Record<string, number>;
  /** From receiving a frame to sending its answer. */
  latencyMs: { p50: number; p95: number; p99: number; max: number };
  /** Versions that answered, in order. */
  modelVersions: number[];
  corrections: number;
}

export interface SessionDesk {
  /** The worker's name, as in the queue `sessions-<workerId>`. */
  readonly workerId: string;
  list(): SessionFigures[];
  figures(session: string): SessionFigures | undefined;
  /**
   * Makes a place for a session that a page will take later by its link. Nothing happens where it exists already.
   * @returns the page's address that takes it
   */
  reserve(session: string, source: SessionSource): { link: string };
  pause(session: string): SessionFigures | undefined;
  resume(session: string): SessionFigures | undefined;
  end(session: string, reason: string): SessionFigures | undefined;
  /** Told of each session that a page opened by itself. @returns a function that forgets it */
  onOpened(listener: (session: string) => void): () => void;
  /** Resolves with the summary once the session has ended. */
  ended(session: string): Promise<SessionFigures>;
}
