// One WebSocket to the worker, kept open: when it goes, it is opened again, later each time.

import { reconnectDelayMs } from './reconnect.ts';
import { tokenSubprotocol } from './token.ts';
import { type ClientMessage, CLOSE, parseMessage, type ServerMessage, SUBPROTOCOL } from './wire.ts';

export type Phase =
  | { phase: 'connecting' }
  | { phase: 'open' }
  /** `atMs`: when it knocks again, by `performance.now()`. */
  | { phase: 'waiting'; atMs: number; reason: string }
  /** Nothing will change by knocking again. */
  | { phase: 'refused'; reason: string; needsToken: boolean }
  | { phase: 'ended'; reason: string };

export interface ConnectionOptions {
  /** ws:// or wss://, with the session to take up, asked for at each attempt. */
  address: () => string;
  token: () => string | undefined;
  onMessage: (message: ServerMessage) => void;
  onPhase: (phase: Phase) => void;
  /** Whether the worker turns this page away without a token. A browser isn't told why a WebSocket failed. */
  wantsToken: () => Promise<boolean>;
}

export interface Connection {
  open(): void;
  /** Says goodbye and stays away. */
  end(reason: string): void;
  send(message: ClientMessage): void;
  /** False when the connection is not open. */
  sendFrame(bytes: Uint8Array<ArrayBuffer>): boolean;
  /** Bytes the browser has not handed on yet. */
  bufferedBytes(): number;
}

/** A worker says hello at once, unless it waits for a token. */
const HELLO_MS = 1_000;

export function createConnection({ address, token, onMessage, onPhase, wantsToken }: ConnectionOptions): Connection {
  let socket: WebSocket | undefined;
  let attempt = 0;
  let retryAfterMs: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const open = (): void => {
    clearTimeout(timer);
    socket?.close();
    onPhase({ phase: 'connecting' });
    const own = token();
    const opened = new WebSocket(address(), own === undefined ? SUBPROTOCOL : [SUBPROTOCOL, tokenSubprotocol(own)]);
    opened.binaryType = 'arraybuffer';
    socket = opened;
    let isGreeted = false;
    opened.addEventListener('open', () => setTimeout(() => isGreeted || void askForToken(opened), HELLO_MS));
    opened.addEventListener('message', ({ data }) => {
      if (socket !== opened) return;
      const message = parseMessage(String(data));
      if (message === undefined) return;
      if (message.t === 'bye') retryAfterMs = message.retryAfterMs;
      if (message.t === 'hello') {
        isGreeted = true;
        attempt = 0;
        retryAfterMs = undefined;
      }
      onMessage(message);
      if (message.t === 'hello') onPhase({ phase: 'open' });
    });
    opened.addEventListener('close', ({ code, reason }) => socket === opened && void lost(code, reason));
  };

  const askForToken = async (opened: WebSocket): Promise<void> => {
    if (socket !== opened || !(await wantsToken()) || socket !== opened) return;
    socket = undefined;
    opened.close();
    onPhase({ phase: 'refused', reason: 'The worker asks for a token.', needsToken: true });
  };

  const lost = async (code: number, reason: string): Promise<void> => {
    socket = undefined;
    if (code === CLOSE.refused) return onPhase({ phase: 'refused', reason, needsToken: await wantsToken() });
    const delayMs = reconnectDelayMs({ attempt, retryAfterMs, isFull: code === CLOSE.tryLater, random: Math.random() });
    attempt++;
    timer = setTimeout(open, delayMs);
    onPhase({ phase: 'waiting', atMs: performance.now() + delayMs, reason: reason || reasonOf(code) });
  };

  return {
    open,
    end(reason) {
      clearTimeout(timer);
      const closing = socket;
      socket = undefined;
      closing?.close(1000);
      onPhase({ phase: 'ended', reason });
    },
    send(message) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    sendFrame(bytes) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(bytes);
      return true;
    },
    bufferedBytes: () => socket?.bufferedAmount ?? 0,
  };
}

function reasonOf(code: number): string {
  if (code === CLOSE.going) return 'the worker is stopping';
  if (code === CLOSE.tryLater) return 'the worker is full';
  return 'the worker does not answer';
}
