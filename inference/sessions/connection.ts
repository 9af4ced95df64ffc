// One WebSocket: from its messages to its session's calls, and back. Handlers stand before anything is awaited, or the
// first frame is lost.

import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../artifacts/clock.ts';
import { SESSION_LIMITS } from '../limits.ts';
import { CLOSE } from '../protocol.ts';
import { createBucket } from '../security/bucket.ts';
import type { ServingLog } from '../serving-log.ts';
import type { OwnDesk } from './desk.ts';
import { parseFrame, UnsupportedFrame } from './frame-header.ts';
import { encodeMessage, parseClientMessage } from './messages.ts';
import type { Session } from './session.ts';
import type { SessionLink } from './session-link.ts';

/** What a client did by closing: 1000, 1001 and none at all (1005) are goodbyes (a page closed or left), all else is an accident. */
const isGoodbye = (code: number): boolean => code === 1000 || code === 1001 || code === 1005;

export interface ConnectionOptions {
  socket: WebSocket;
  /** The socket below: tells when a slow reader has caught up. */
  stream: Duplex;
  desk: OwnDesk;
  clock: Clock;
  log: ServingLog;
  /** As it stood in the address. */
  sessionId: string | undefined;
  /** Whether a first message must bring the token; undefined where none is needed any more. */
  mayEnter: ((token: string) => boolean) | undefined;
}

export interface Connection {
  /** Called every second: cuts what doesn't answer. */
  tick(): void;
}

export function openConnection(options: ConnectionOptions): Connection {
  const { socket, stream, desk, clock, log, sessionId, mayEnter } = options;
  const openedMs = clock.monotonic();
  const texts = createBucket({ perSecond: SESSION_LIMITS.textASecond, burst: SESSION_LIMITS.textASecond * 4, clock });
  let session: Session | undefined;
  let cloggedSinceMs: number | undefined;
  let lastPingMs = openedMs;
  let isAlive = true;

  const isOpen = (): boolean => socket.readyState === socket.OPEN;
  const link: SessionLink = {
    send(message) {
      if (isOpen()) socket.send(encodeMessage(message));
    },
    close,
    isClogged() {
      if (socket.bufferedAmount <= SESSION_LIMITS.bufferedBytes) return false;
      cloggedSinceMs ??= clock.monotonic();
      return true;
    },
    hold(durationMs) {
      if (stream.isPaused()) return;
      stream.pause();
      setTimeout(() => stream.resume(), durationMs).unref();
    },
  };
  function close(code: number, reason: string): void {
    if (isOpen()) socket.close(code, reason);
  }
  const enter = (): void => {
    session = desk.open(sessionId, link);
  };
  const takeFrame = (data: Buffer): void => {
    if (session === undefined) return close(CLOSE.refused, 'a token must come first');
    try {
      session.receive(parseFrame(data));
    } catch (error) {
      if (!(error instanceof UnsupportedFrame)) throw error;
      close(CLOSE.unsupported, error.message);
    }
  };
  const takeText = (data: Buffer): void => {
    if (data.length > SESSION_LIMITS.textBytes) return close(CLOSE.tooBig, 'text message too long');
    if (!texts.take()) return close(CLOSE.refused, 'too many messages');
    const message = parseClientMessage(data.toString('utf8'));
    if (message === undefined) return close(CLOSE.unsupported, 'not a message of digits.v1');
    if (session !== undefined) {
      if (message.t !== 'token') session.take(message); // a token where none is needed says nothing new
      return;
    }
    if (message.t !== 'token' || mayEnter?.(message.token) !== true) return close(CLOSE.refused, 'wrong token');
    enter();
  };

  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (!isOpen()) return; // what comes after our own close frame
    if (isBinary) takeFrame(data as Buffer);
    else takeText(data as Buffer);
  });
  socket.on('pong', () => {
    isAlive = true;
  });
  socket.on('error', () => undefined); // `close` follows and tells what there is to know
  socket.on('close', (code) => {
    if (session !== undefined) desk.closed(session, link, !isGoodbye(code));
  });
  const seeWhetherClogged = (): void => {
    if (link.isClogged() || cloggedSinceMs === undefined) return;
    cloggedSinceMs = undefined;
    session?.drained();
  };
  stream.on('drain', seeWhetherClogged);
  if (mayEnter === undefined) enter();

  return {
    tick() {
      const now = clock.monotonic();
      if (session === undefined && now - openedMs > SESSION_LIMITS.tokenMs) close(CLOSE.refused, 'no token came');
      seeWhetherClogged(); // what is no answer to a frame may fill the buffer, too
      // Who reads again within the time that a goodbye has is told why, and may come back.
      if (isOpen() && cloggedSinceMs !== undefined && now - cloggedSinceMs > SESSION_LIMITS.drainMs) {
        log.info({ session: session?.name, bufferedBytes: socket.bufferedAmount }, 'a client takes no answers');
        return close(CLOSE.tryLater, 'the answers are not taken');
      }
      if (now - lastPingMs < SESSION_LIMITS.pingMs) return;
      if (!isAlive) return socket.terminate();
      isAlive = false;
      lastPingMs = now;
      if (isOpen()) socket.ping();
    },
  };
}
