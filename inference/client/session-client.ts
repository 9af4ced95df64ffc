// A session over `digits.v1` from the other side: what a program that isn't a browser opens. One frame at a time, or as
// many as the credit allows; every frame sent comes back as answered or dropped.

import { WebSocket } from 'ws';
import {
  FRAME_HEADER_BYTES,
  FRAME_KIND,
  FRAME_VERSION,
  SUBPROTOCOL,
  type HelloMessage,
  type ResultMessage,
  type ServerMessage,
} from '../protocol.ts';
import type { SourceFrame } from '../sources/source.ts';

/** Thrown when a session can't be opened, or ends before its frames were answered. */
export class SessionClosed extends Error {
  override readonly name = 'SessionClosed';
  readonly retryable: boolean;
  /** Of the WebSocket; 1006 when the connection broke. */
  readonly code: number;
  constructor(code: number, reason: string) {
    super(`the session was closed (${code}${reason === '' ? '' : `, ${reason}`})`);
    this.code = code;
    this.retryable = code === 1006 || code === 1001 || code === 1012 || code === 1013;
  }
}

export interface SessionClientOptions {
  /** The worker's address, or a page's link with `?session=…`. */
  url: string;
  token?: string | undefined;
  /** The certificate to trust (PEM), for a worker that made its own. */
  certificate?: string | undefined;
  /** Called with everything but results and drops: swaps, pauses, goodbyes. */
  onMessage?: (message: Exclude<ServerMessage, { t: 'result' } | { t: 'drop' }>) => void;
  /** From connecting to the worker's hello. @default 10_000 */
  timeoutMs?: number;
}

export interface SessionClient {
  readonly hello: HelloMessage;
  /**
   * Sends one frame. Resolves with its result, or undefined when it was dropped.
   * @throws SessionClosed
   */
  send(frame: SourceFrame): Promise<ResultMessage | undefined>;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<SessionClosed>;
  close(): Promise<void>;
}

interface Waiting {
  resolve: (result: ResultMessage | undefined) => void;
  reject: (error: Error) => void;
}

/** The address of a session's socket from that of a worker, or from a page's link. */
export function socketUrl(url: string): string {
  const { protocol, host, searchParams } = new URL(url);
  const session = searchParams.get('session');
  const query = session === null ? '' : `?session=${encodeURIComponent(session)}`;
  return `${protocol === 'https:' || protocol === 'wss:' ? 'wss' : 'ws'}://${host}/v1/session${query}`;
}

/** Opens a session and waits for the worker's hello. @throws SessionClosed */
export function openSessionClient(options: SessionClientOptions): Promise<SessionClient> {
  const { url, token, certificate, onMessage = () => undefined, timeoutMs = 10_000 } = options;
  const protocols = token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, `token.${token}`];
  const socket = new WebSocket(socketUrl(url), protocols, {
    perMessageDeflate: false,
    maxPayload: 1 << 20,
    handshakeTimeout: timeoutMs,
    ...(certificate !== undefined && { ca: certificate }),
  });
  const waiting = new Map<number, Waiting>();
  let failure = '';
  let seq = 0;

  const settle = (number: number, result: ResultMessage | undefined): void => {
    waiting.get(number)?.resolve(result);
    waiting.delete(number);
  };
  return new Promise((resolve, reject) => {
    const closed = new Promise<SessionClosed>((over) => {
      socket.on('close', (code, reason) => {
        const error = new SessionClosed(code, String(reason) || failure);
        reject(error);
        for (const { reject: fail } of waiting.values()) fail(error);
        waiting.clear();
        over(error);
      });
    });
    socket.on('error', (error) => (failure = error.message)); // `close` follows
    const timer = setTimeout(() => socket.terminate(), timeoutMs);
    // Before anything is awaited: the hello may come with the handshake.
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? undefined : parsed(data as Buffer);
      if (message === undefined) return;
      if (message.t === 'result') return settle(message.seq, message);
      if (message.t === 'drop') return message.seqs.forEach((number) => settle(number, undefined));
      if (message.t === 'hello') {
        clearTimeout(timer);
        resolve({ hello: message, send, closed, close });
      }
      onMessage(message);
    });

    function send(frame: SourceFrame): Promise<ResultMessage | undefined> {
      return new Promise((answered, failed) => {
        if (socket.readyState !== WebSocket.OPEN) return void closed.then(failed);
        seq = (seq + 1) >>> 0;
        waiting.set(seq, { resolve: answered, reject: failed });
        socket.send(packFrame(frame, seq));
      });
    }
    async function close(): Promise<void> {
      socket.close(1000);
      await closed;
    }
  });
}

/** A frame as it crosses: header, then payload. */
export function packFrame({ kind, bytes, width, height }: SourceFrame, seq: number): Uint8Array {
  const message = new Uint8Array(FRAME_HEADER_BYTES + bytes.byteLength);
  const view = new DataView(message.buffer);
  view.setUint8(0, FRAME_VERSION);
  view.setUint8(1, FRAME_KIND[kind]);
  view.setUint32(4, seq, true);
  view.setFloat64(8, performance.now(), true);
  view.setUint16(16, width, true);
  view.setUint16(18, height, true);
  message.set(bytes, FRAME_HEADER_BYTES);
  return message;
}

function parsed(data: Buffer): ServerMessage | undefined {
  try {
    return JSON.parse(String(data)) as ServerMessage;
  } catch {
    return undefined; // a newer worker may say what this client doesn't understand
  }
}
