// An HTTP proxy before an object store that fails in every way in which a network, a busy server or a bad disk does: each
// request is passed on unless the test says otherwise. Knows HTTP and nothing of S3 but the shape of its errors.

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type Fault =
  /** The connection is cut before the server hears anything. */
  | { kind: 'refused' }
  /** Nothing is ever answered, and the server hears nothing. */
  | { kind: 'silent' }
  /** Passed on that much later. */
  | { kind: 'slow'; delayMs: number }
  /** This error is the answer. `acted`: although the server has done what was asked. */
  | { kind: 'error'; status: number; code: string; acted?: boolean }
  /** The server has done what was asked; the connection is cut before its answer. */
  | { kind: 'lost answer' }
  /** The connection is cut in the middle of the request's body. */
  | { kind: 'cut request' }
  /** The connection is cut in the middle of the answer's body. */
  | { kind: 'cut answer' }
  /** The answer's body is whole by its headers, and its last byte is missing. */
  | { kind: 'truncated' }
  /** One bit in the middle of the answer's body is another. */
  | { kind: 'flipped' };

/** @returns what happens to the request; undefined: it is passed on */
export type ChooseFault = (request: IncomingMessage) => Fault | undefined;

export interface FaultyProxy {
  endpoint: string;
  /** The next requests fail so; those after them don't. @param count @default 1 */
  failNext(fault: Fault, count?: number): void;
  /** From now on asked about each request. */
  failAs(choose: ChooseFault): void;
  /** Passes everything on again. */
  mend(): void;
  /** How many requests failed so far. */
  failed(): number;
  /** How many requests came so far. */
  asked(): number;
  close(): Promise<void>;
}

/** @param endpoint of the server, e.g. `http://127.0.0.1:9000` */
export async function startFaultyProxy(endpoint: string): Promise<FaultyProxy> {
  const agent = new http.Agent({ keepAlive: true });
  let choose: ChooseFault = () => undefined;
  let asked = 0;
  let failed = 0;

  const server = http.createServer((request, response) => {
    asked++;
    const fault = choose(request);
    if (fault !== undefined) failed++;
    // A connection that is cut is what this is for.
    for (const stream of [request, response]) stream.on('error', () => undefined);
    handle({ request, response, upstream: new URL(endpoint), agent }, fault).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failNext(fault, count = 1) {
      let left = count;
      choose = () => (left-- > 0 ? fault : undefined);
    },
    failAs: (next) => void (choose = next),
    mend: () => void (choose = () => undefined),
    failed: () => failed,
    asked: () => asked,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      agent.destroy();
    },
  };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  upstream: URL;
  agent: http.Agent;
}

async function handle(exchange: Exchange, fault: Fault | undefined): Promise<void> {
  const { request, response } = exchange;
  const cut = (): void => void request.socket.destroy();
  if (fault === undefined) return answerAll(response, await forward(exchange, request));
  switch (fault.kind) {
    case 'refused':
      return cut();
    case 'silent':
      return void request.resume();
    case 'slow':
      await delay(fault.delayMs);
      return answerAll(response, await forward(exchange, request));
    case 'error':
      if (fault.acted) await bodyOf(await forward(exchange, request));
      else await bodyOf(request);
      return answerError(request, response, fault);
    case 'lost answer':
      (await forward(exchange, request)).resume();
      return cut();
    case 'cut request':
      await forwardHalf(exchange, await bodyOf(request));
      return cut();
    case 'cut answer':
    case 'truncated':
    case 'flipped':
      return answerSpoilt(response, await forward(exchange, request), fault.kind).then((isWhole) => {
        if (!isWhole) cut();
      });
  }
}

function open({ request, upstream, agent }: Exchange): http.ClientRequest {
  const { method, url: path, headers } = request; // Host too: the signature covers it
  return http.request({ host: upstream.hostname, port: upstream.port, method, path, headers, agent });
}

function forward(exchange: Exchange, body: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = open(exchange).on('response', resolve).on('error', reject);
    body.on('error', () => sent.destroy());
    body.pipe(sent);
  });
}

/** The server hears the headers, which promise the whole, and half of the body; of a request without one nothing. */
async function forwardHalf(exchange: Exchange, body: Buffer): Promise<void> {
  if (body.length === 0) return; // its headers are all of it: the server would act
  await new Promise<void>((resolve) => {
    const sent = open(exchange)
      .on('error', () => undefined)
      .on('close', resolve);
    sent.write(body.subarray(0, Math.floor(body.length / 2)), () => sent.destroy(new Error('cut')));
  });
}

function answerAll(response: ServerResponse, answer: IncomingMessage): void {
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.on('error', () => response.destroy());
  answer.pipe(response);
}

function answerError(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, code }: { status: number; code: string },
): void {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>as told</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(method === 'HEAD' ? undefined : xml);
}

/** @returns false when the connection is to be cut */
async function answerSpoilt(
  response: ServerResponse,
  answer: IncomingMessage,
  how: 'cut answer' | 'truncated' | 'flipped',
): Promise<boolean> {
  const body = await bodyOf(answer);
  const { statusCode = 502, headers } = answer;
  if (body.length === 0) {
    response.writeHead(statusCode, headers).end();
    return how !== 'cut answer';
  }
  const middle = Math.floor(body.length / 2);
  if (how === 'flipped') body[middle]! ^= 1;
  const sent = how === 'truncated' ? body.subarray(0, -1) : body;
  response.writeHead(statusCode, { ...headers, 'content-length': sent.length });
  if (how !== 'cut answer') {
    response.end(sent);
    return true;
  }
  response.flushHeaders(); // a body of one byte has an empty half
  if (middle > 0) await new Promise((resolve) => response.write(sent.subarray(0, middle), resolve));
  return false;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
