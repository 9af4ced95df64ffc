import type { ServerMessage } from '../protocol.ts';

/** The way to a client. It never calls the session from inside a call. */
export interface SessionLink {
  send(message: ServerMessage): void;
  close(code: number, reason: string): void;
  /** True while the client doesn't take what was sent. Whoever is attached calls `drained` when that ends. */
  isClogged(): boolean;
  /** Stops reading from the client for a while. */
  hold(durationMs: number): void;
}
