// Every cap of a server in one place. Each protects memory or threads from what a client may do.

export interface ServerLimits {
  /** Sessions with a socket; the next one is told to try later. */
  sockets: number;
  /** TCP connections of any kind. */
  connections: number;
  /** HTTP requests with a body at work at any time; the next one gets 503. */
  requestsUnderway: number;
  bodyBytes: number;
  headerBytes: number;
  /** From the first byte of a request to its last. */
  requestTimeoutMs: number;
  headersTimeoutMs: number;
  /** HTTP: without a byte in either direction. Also of a client that doesn't read its answer. */
  silenceMs: number;
  /** HTTP: between two requests of a connection. */
  keepAliveMs: number;
  /** Requests a minute of one address. */
  requestsAMinute: number;
  requestsAMinuteOnLoopback: number;
  /** New WebSocket connections a second of one address; bursts of ten times that. */
  socketsASecond: number;
  socketsASecondOnLoopback: number;
}

/**
 * @param threads of the reader pool: what they can answer decides how many sessions make sense
 * @returns limits under which a full house still gets more than ten answers a second each
 */
export const defaultLimits = (threads: number): ServerLimits => ({
  // One thread reads some 400 small frames a second: 40 sessions of ten.
  sockets: 40 * threads,
  connections: 2_048,
  requestsUnderway: 32,
  bodyBytes: 16 * 2 ** 20, // a phone's photograph, or 4,000 network inputs as raw FP32
  headerBytes: 16_384,
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  silenceMs: 60_000, // longer than any request may take
  keepAliveMs: 72_000, // proxies close after 60: they must be first, or a request meets a connection that goes
  requestsAMinute: 1_200,
  requestsAMinuteOnLoopback: 120_000,
  socketsASecond: 2,
  socketsASecondOnLoopback: 200,
});

/** What holds for one session, the same for all. */
export const SESSION_LIMITS = {
  /** Unanswered frames: one being read, one in the mailbox. */
  credit: 2,
  /** Frames beyond the credit before the socket is closed. */
  violations: 100,
  /** Frames beyond the credit after which none is read any more. */
  violationsRead: 10,
  /** How long a socket that went beyond its credit isn't read: its sender feels the pressure, not the event loop. */
  violationPauseMs: 100,
  /** Frames a second that may push an unread one out: no camera is faster, and more would only be thrown away. */
  replacementsASecond: 60,
  /** ws: `digits.v1` needs 76,820 bytes for gray8; JPEG stays far below. */
  messageBytes: 262_144,
  textBytes: 4_096,
  /** Text messages a second; bursts of four times that. */
  textASecond: 10,
  /** Bytes waiting for a slow reader before its frames are dropped unread. */
  bufferedBytes: 65_536,
  /** How long a slow reader may keep them waiting before it is closed with 1013. */
  drainMs: 10_000,
  /** A socket without a token yet. */
  tokenMs: 5_000,
  /** Pings; a socket that misses one is cut. */
  pingMs: 20_000,
  /** Room for a page to come back by itself after its connection broke. */
  returnMs: 30_000,
  /** A link from elsewhere that no page took. */
  waitingMs: 600_000,
  /** An open page that sends nothing (a hidden tab). */
  idleMs: 1_800_000,
  /** Crops kept for corrections. */
  cropsMs: 3_000,
  /** Summaries of ended sessions kept for whoever asks late. */
  endedKept: 500,
} as const;
