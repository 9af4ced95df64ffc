// The HTTP under the MinIO client, with what the client lacks: a time limit, and answers that are read to their end.

import http from 'node:http';
import https from 'node:https';

/** Statuses for which the client throws its own error and leaves the answer unread, which would hold the socket. */
const LEFT_UNREAD = new Set([408, 429, 499, 500, 502, 503, 504, 520]);

/** Thrown when a socket carried nothing for the whole time limit. */
export class RequestTimedOut extends Error {
  override readonly name = 'RequestTimedOut';
  constructor(timeoutMs: number) {
    super(`no byte from the store for ${timeoutMs} ms`);
  }
}

export interface Transport {
  transport: Pick<typeof http, 'request'>;
  agent: http.Agent;
}

/** @param timeoutMs how long a request may carry no byte, to connect included */
export function createTransport(secure: boolean, timeoutMs: number): Transport {
  const protocol = secure ? https : http;
  // 32: enough for every concurrent reader here; without a bound a burst of writes opens a socket each.
  const agent = new protocol.Agent({ keepAlive: true, maxSockets: 32 });
  const request = (options: http.RequestOptions, onAnswer: (answer: http.IncomingMessage) => void) => {
    const sent = protocol.request(options, (answer) => {
      if (LEFT_UNREAD.has(answer.statusCode ?? 0)) answer.resume();
      onAnswer(answer);
    });
    sent.setTimeout(timeoutMs, () => sent.destroy(new RequestTimedOut(timeoutMs)));
    return sent;
  };
  return { transport: { request } as Pick<typeof http, 'request'>, agent };
}
