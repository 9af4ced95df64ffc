// A real server over a fake pool on a free port, and a real WebSocket client that keeps everything it was told.

import { WebSocket, type ClientOptions } from 'ws';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import type { ServerMessage } from '../../../inference/protocol.ts';
import { createInferenceServer, type InferenceServer, type InferenceServerOptions } from '../../../inference/server.ts';
import type { EncodedFrame, FrameAnswer, ModelIdentity } from '../../../inference/serving.ts';
import { digitAnswer, fakeManager, fakePool, type FakeManager, type FakePool } from '../../support/fake-serving.ts';
import { PATIENCE_MS } from '../../support/until.ts';

export interface TestServer extends InferenceServer {
  manager: FakeManager;
  pool: FakePool;
  logged: { fields: object; message: string }[];
}

export type TestServerOptions = Partial<InferenceServerOptions> & {
  threads?: number;
  /** Frames are answered when the test says so. */
  gate?: Gate;
};

/** Holds frames back inside the fake pool. */
export interface Gate {
  /** Frames inside. */
  readonly held: number;
  /** Lets the oldest go. */
  release: () => void;
  releaseAll: () => void;
  answer: (frame: EncodedFrame, model: ModelIdentity) => Promise<FrameAnswer>;
}

export function createGate(): Gate {
  const waiting: (() => void)[] = [];
  return {
    get held() {
      return waiting.length;
    },
    release: () => waiting.shift()?.(),
    releaseAll: () => waiting.splice(0).forEach((go) => go()),
    answer: (frame, model) => new Promise((resolve) => waiting.push(() => resolve(digitAnswer(frame, model)))),
  };
}

export async function startTestServer({ threads = 2, gate, ...changes }: TestServerOptions = {}): Promise<TestServer> {
  const manager = (changes.manager as FakeManager | undefined) ?? fakeManager();
  const pool = fakePool(manager, { threads, ...(gate !== undefined && { answer: gate.answer }) });
  const logged: TestServer['logged'] = [];
  const log = {
    info: (fields: object, message: string) => void logged.push({ fields, message }),
    warn: (fields: object, message: string) => void logged.push({ fields, message }),
    error: (fields: object, message: string) => void logged.push({ fields, message }),
  };
  const server = await createInferenceServer({
    manager,
    pool,
    store: createMemoryStore(),
    log,
    workerId: 'worker-1',
    version: '0.0.0-test',
    ...changes,
  });
  await server.listen();
  return Object.assign(server, { manager, pool, logged });
}

export interface TestClient {
  socket: WebSocket;
  messages: ServerMessage[];
  /** Resolves with the first message that fits, also one that has come already. Each message is given once. */
  next<T extends ServerMessage['t']>(t: T): Promise<Extract<ServerMessage, { t: T }>>;
  closed: Promise<{ code: number; reason: string }>;
  send(data: Buffer | object): void;
  of<T extends ServerMessage['t']>(t: T): Extract<ServerMessage, { t: T }>[];
}

export interface ConnectOptions extends ClientOptions {
  session?: string;
  protocols?: string[];
}

/** Resolves when the handshake is done; rejects with the refusal. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<TestClient> {
  const { session, protocols = ['digits.v1'], ...rest } = options;
  const query = session === undefined ? '' : `?session=${session}`;
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/session${query}`, protocols, rest);
  const messages: ServerMessage[] = [];
  const unread: ServerMessage[] = [];
  const waiters: { t: string; resolve: (message: never) => void }[] = [];
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as ServerMessage;
    messages.push(message);
    const index = waiters.findIndex((waiter) => waiter.t === message.t);
    if (index >= 0) waiters.splice(index, 1)[0]!.resolve(message as never);
    else unread.push(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return {
    socket,
    messages,
    closed,
    next(t) {
      const index = unread.findIndex((message) => message.t === t);
      if (index >= 0) return Promise.resolve(unread.splice(index, 1)[0] as never);
      return new Promise((resolve) => waiters.push({ t, resolve }));
    },
    send: (data) => socket.send(Buffer.isBuffer(data) ? data : JSON.stringify(data)),
    of: (t) => messages.filter((message) => message.t === t) as never,
  };
}

/** One gray frame of 4×4 whose pixels say which digit the fake pool answers. */
export function grayFrame(seq: number, { digit = 7, captureMs = 12.5, width = 4, height = 4 } = {}): Buffer {
  const frame = Buffer.alloc(20 + width * height, digit);
  frame.writeUInt8(1, 0);
  frame.writeUInt8(3, 1);
  frame.writeUInt16LE(0, 2);
  frame.writeUInt32LE(seq, 4);
  frame.writeDoubleLE(captureMs, 8);
  frame.writeUInt16LE(width, 16);
  frame.writeUInt16LE(height, 18);
  return frame;
}

/** Waits for what no event tells. */
export async function until(condition: () => boolean, what = 'the condition', timeoutMs = PATIENCE_MS): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`expected ${what} within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
