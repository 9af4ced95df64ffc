// The door for WebSockets: who may open one, how many there may be, and what becomes of them all.

import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../artifacts/clock.ts';
import { SESSION_LIMITS, type ServerLimits } from '../limits.ts';
import { CLOSE, SUBPROTOCOL } from '../protocol.ts';
import { isLoopback, type KnownAddresses } from '../security/addresses.ts';
import { createAddressBuckets } from '../security/bucket.ts';
import { pathOf } from '../security/guard.ts';
import { subprotocolTokens } from '../security/token.ts';
import type { ServingLog } from '../serving-log.ts';
import { openConnection, type Connection } from './connection.ts';
import type { OwnDesk } from './desk.ts';

export const SESSION_PATH = '/v1/session';
const TICK_MS = 1_000;
/** How long a closed socket may take to say goodbye before it is cut. */
const CLOSE_TIMEOUT_MS = 2_000;
const RETRY_AFTER_SECONDS = 5;
/** Sockets at a time that get a handshake only to read 1013, which a browser's page can tell from a broken network. */
const MOST_TURNED_AWAY = 16;

export interface SocketServerOptions {
  desk: OwnDesk;
  clock: Clock;
  log: ServingLog;
  limits: ServerLimits;
  addresses: () => KnownAddresses;
  isToken: ((token: string | undefined) => boolean) | undefined;
  /** False while draining. */
  isOpen: () => boolean;
  /** Sockets with a session, after each change. */
  counted: (sockets: number) => void;
}

export interface SocketServer {
  /** Takes an HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  /** Resolves when no socket is open; those that don't close in time are cut. */
  stop(deadlineMs: number): Promise<void>;
}

export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { desk, clock, log, limits, addresses, isToken, isOpen, counted } = options;
  // A constant of its own: the package's types don't know all of its options yet.
  const bounds = {
    noServer: true,
    perMessageDeflate: false, // frames don't shrink, and inflating them is a stranger's bomb
    maxPayload: SESSION_LIMITS.messageBytes,
    maxFragments: 16,
    maxBufferedChunks: 1_024,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: (protocols: Set<string>) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : (false as const)),
  };
  const server = new WebSocketServer(bounds);

  const connections = new Set<Connection>();
  const mayConnect = createAddressBuckets((address) => {
    const perSecond = isLoopback(address) ? limits.socketsASecondOnLoopback : limits.socketsASecond;
    return { perSecond, burst: 10 * perSecond, clock };
  });
  const timer = setInterval(() => {
    for (const connection of connections) connection.tick();
    desk.tidy();
  }, TICK_MS);
  timer.unref();

  const accept = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const { url = '', headers } = request;
    const entered = isToken === undefined || subprotocolTokens(headers['sec-websocket-protocol']).some(isToken);
    server.handleUpgrade(request, stream, head, (socket) => {
      if (!isOpen() || connections.size >= limits.sockets) {
        socket.on('error', () => undefined);
        return socket.close(CLOSE.tryLater, isOpen() ? 'this worker has no room' : 'this worker is stopping');
      }
      const connection = openConnection({
        socket,
        stream,
        desk,
        clock,
        log,
        sessionId: new URLSearchParams(url.slice(pathOf(url).length)).get('session') ?? undefined,
        mayEnter: entered ? undefined : isToken,
      });
      connections.add(connection);
      counted(connections.size);
      socket.on('close', () => {
        connections.delete(connection);
        counted(connections.size);
      });
    });
  };

  return {
    upgrade(request, stream, head) {
      stream.on('error', () => stream.destroy());
      const { headers, socket } = request;
      const { isKnownHost, isKnownOrigin } = addresses();
      if (pathOf(request.url ?? '') !== SESSION_PATH) return refuse(stream, 404);
      if (!isKnownHost(headers.host)) return refuse(stream, 421);
      if (headers.origin !== undefined && !isKnownOrigin(headers.origin)) return refuse(stream, 403);
      const offered = headers['sec-websocket-protocol'];
      if (offered !== undefined && !offered.split(',').some((one) => one.trim() === SUBPROTOCOL))
        return refuse(stream, 400);
      if (!mayConnect(socket.remoteAddress ?? '')) return refuse(stream, 429);
      // Sockets that are being turned away cost a handshake; when there are too many of those as well, not even that.
      if (server.clients.size >= limits.sockets + MOST_TURNED_AWAY) return refuse(stream, 503);
      accept(request, stream, head);
    },
    async stop(deadlineMs) {
      clearInterval(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = setTimeout(
        () => server.clients.forEach((socket) => socket.terminate()),
        Math.min(deadlineMs, CLOSE_TIMEOUT_MS),
      );
      for (const socket of server.clients) socket.close(CLOSE.going, 'this worker is stopping');
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Answers a handshake with an HTTP status and hangs up. */
function refuse(stream: Duplex, status: 400 | 403 | 404 | 421 | 429 | 503): void {
  const retry = status === 429 || status === 503 ? `Retry-After: ${RETRY_AFTER_SECONDS}\r\n` : '';
  const body = JSON.stringify({ error: STATUS_CODES[status] });
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n${retry}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
