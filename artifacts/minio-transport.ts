// The HTTP under the MinIO client, with what the client lacks: a time limit, answers that are read to their end, the reason
// of a refusal that may pass, and how far the two clocks are apart.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { rootCertificates } from 'node:tls';

/** Statuses for which the client throws an error of its own that keeps nothing of the answer, and leaves it unread. */
const LATER = new Set([408, 429, 499, 500, 502, 503, 504, 520]);

/** An error's XML has a few hundred bytes. */
const ERROR_LIMIT_BYTES = 64 * 1024;

/** Thrown when a socket carried nothing for the whole time limit. */
export class RequestTimedOut extends Error {
  override readonly name = 'RequestTimedOut';
  constructor(timeoutMs: number) {
    super(`no byte from the store for ${timeoutMs} ms`);
  }
}

/** Thrown when the store answered that it can't just now. */
export class AnsweredLater extends Error {
  override readonly name = 'AnsweredLater';
  /** S3's code; undefined where the answer has none, as that of a HEAD. */
  readonly code: string | undefined;
  constructor(status: number, code: string | undefined) {
    super(`HTTP status ${status}${code === undefined ? '' : ` (${code})`}`);
    this.code = code;
  }
}

/** Thrown when the file of authorities that sign a store's certificate is not there, or is none. */
export class UnreadableAuthorities extends Error {
  override readonly name = 'UnreadableAuthorities';
  readonly retryable = false;
  constructor(file: string, options?: ErrorOptions) {
    super(`expected ${file} to hold certificates of authorities in PEM, got a file that cannot be read so`, options);
  }
}

export interface Transport {
  transport: Pick<typeof http, 'request'>;
  agent: http.Agent;
  /** How far this machine's clock is ahead of the server's, by the newest answer; undefined when none had a date. */
  clockAheadMs: () => number | undefined;
}

export interface TransportOptions {
  secure: boolean;
  /** How long a request may carry no byte, to connect included. */
  timeoutMs: number;
  caFile?: string | undefined;
}

/** @throws UnreadableAuthorities */
export function createTransport({ secure, timeoutMs, caFile }: TransportOptions): Transport {
  const protocol = secure ? https : http;
  // 32: enough for every concurrent reader here; without a bound a burst of writes opens a socket each.
  const options = { keepAlive: true, maxSockets: 32 };
  const agent = secure ? new https.Agent({ ...options, ...trusting(caFile) }) : new http.Agent(options);
  let aheadMs: number | undefined;
  const request = (options: http.RequestOptions, onAnswer: (answer: http.IncomingMessage) => void) => {
    const sent = protocol.request(options, (answer) => {
      const serverMs = Date.parse(answer.headers.date ?? '');
      if (!Number.isNaN(serverMs)) aheadMs = Date.now() - serverMs;
      if (!LATER.has(answer.statusCode ?? 0)) return onAnswer(answer);
      void readError(answer).then((error) => sent.emit('error', error));
    });
    sent.setTimeout(timeoutMs, () => sent.destroy(new RequestTimedOut(timeoutMs)));
    return sent;
  };
  return { transport: { request } as Pick<typeof http, 'request'>, agent, clockAheadMs: () => aheadMs };
}

/** Options for TLS that trusts the authorities of a file, too. @throws UnreadableAuthorities */
export function trusting(caFile: string | undefined): { ca?: string[] } {
  if (caFile === undefined) return {};
  let text: string;
  try {
    text = readFileSync(caFile, 'utf8');
  } catch (error) {
    throw new UnreadableAuthorities(caFile, { cause: error });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new UnreadableAuthorities(caFile);
  return { ca: [...rootCertificates, text] }; // Node takes a list instead of its own
}

/** Reads to the end, or the socket would stay in use. */
async function readError(answer: http.IncomingMessage): Promise<AnsweredLater> {
  let text = '';
  try {
    for await (const chunk of answer) if (text.length < ERROR_LIMIT_BYTES) text += String(chunk);
  } catch {
    // Cut off: the status says enough.
  }
  return new AnsweredLater(answer.statusCode ?? 0, /<Code>(\w+)<\/Code>/.exec(text)?.[1]);
}
