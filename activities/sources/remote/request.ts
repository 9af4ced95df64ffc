// One request to a place that the policy allows. Names are resolved here, once a connection, and the very addresses that
// were checked are the ones connected to: a name that answers differently a moment later gains nothing.

import { lookup as resolveName } from 'node:dns/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { callbackify } from 'node:util';
import { DownloadFailed, UrlNotAllowed } from '../../errors.ts';
import { portOf, shownUrl, type AddressPolicy } from './address-policy.ts';

const MAX_REDIRECTS = 5;
/** Nothing at all for so long: the server or the way to it is gone. */
const IDLE_LIMIT_MS = 30_000;
const REDIRECTS = [301, 302, 303, 307, 308];

export interface ResolvedAddress {
  address: string;
  family: number;
}

export interface RequesterOptions {
  policy: AddressPolicy;
  /** Every address of a name. @default the system's resolver */
  resolve?: (host: string) => Promise<ResolvedAddress[]>;
}

export interface Answer {
  /** After redirects. */
  url: URL;
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  body: IncomingMessage;
}

export interface Requester {
  /** GET. @throws UrlNotAllowed, DownloadFailed, the signal's reason */
  get(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Answer>;
  /** Ends idle connections. */
  close(): void;
}

export function createRequester({ policy, resolve = everyAddress }: RequesterOptions): Requester {
  const agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };

  /** @throws UrlNotAllowed, DownloadFailed */
  const checkedAddresses = async (host: string, port: number): Promise<ResolvedAddress[]> => {
    const addresses = await resolve(host);
    if (addresses.length === 0) throw new DownloadFailed(`${host}: expected an address, got none`);
    for (const { address } of addresses) policy.checkAddress(address, port, host);
    return addresses;
  };

  /** What a connection asks for a name: answers with checked addresses or not at all. */
  const guardedLookup = (url: URL): LookupFunction => {
    const lookup = callbackify(checkedAddresses);
    return (host, { all }, answer) =>
      lookup(host, portOf(url), (error, addresses: ResolvedAddress[] | undefined) => {
        const first = addresses?.[0];
        if (addresses === undefined || first === undefined) answer(error, []);
        else if (all === true) answer(null, addresses);
        else answer(null, first.address, first.family);
      });
  };

  const send = (url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> =>
    new Promise((fulfil, reject) => {
      const secure = url.protocol === 'https:';
      const request = (secure ? https : http).request({
        ...urlToHttpOptions(url),
        agent: agents[secure ? 'https:' : 'http:'],
        lookup: guardedLookup(url),
        headers: { ...headers, 'user-agent': 'digitflow', 'accept-encoding': 'identity' },
        signal,
      });
      request.setTimeout(IDLE_LIMIT_MS, () =>
        request.destroy(new Error(`nothing came for ${IDLE_LIMIT_MS / 1000} seconds`)),
      );
      request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : failureOf(url, error)));
      request.on('response', (body) => fulfil({ url, status: body.statusCode ?? 0, headers: body.headers, body }));
      request.end();
    });

  return {
    async get(first, headers, signal) {
      let url = first;
      for (let redirects = 0; ; redirects++) {
        const answer = await send(url, headers, signal);
        const { location } = answer.headers;
        if (!REDIRECTS.includes(answer.status) || location === undefined) return answer;
        answer.body.destroy();
        if (redirects === MAX_REDIRECTS)
          throw new UrlNotAllowed(`${shownUrl(first)}: expected at most ${MAX_REDIRECTS} redirects, got more`);
        url = policy.checkUrl(location, url);
      }
    },
    close: () => Object.values(agents).forEach((agent) => agent.destroy()),
  };
}

const everyAddress = (host: string): Promise<ResolvedAddress[]> => resolveName(host, { all: true });

/** @returns the error as one of ours */
export function failureOf(url: URL, error: unknown): Error {
  if (error instanceof UrlNotAllowed || error instanceof DownloadFailed) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DownloadFailed(`${shownUrl(url)}: expected an answer, got ${message}`, { cause: error });
}
