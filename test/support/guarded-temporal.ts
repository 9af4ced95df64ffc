// Somebody else's Temporal as it is met in clouds: a gate before a real server that speaks TLS, may ask for a certificate
// and for a key, and hands every call on.

import { readFile } from 'node:fs/promises';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Authority, CertificateFiles } from './authority.ts';

export interface GuardedTemporal {
  /** `host:port`. */
  address: string;
  /** Calls that were handed on. */
  readonly calls: number;
  /** Headers of the newest call. */
  readonly headers: http2.IncomingHttpHeaders;
  stop(): Promise<void>;
}

export interface GuardOptions {
  /** `host:port` of the real one. */
  behind: string;
  authority: Authority;
  certificate: CertificateFiles;
  /** Whether a certificate of the same authority is demanded. */
  mutual: boolean;
  apiKey?: string;
}

/** gRPC's number for "who are you?". */
const UNAUTHENTICATED = '16';

export async function guardTemporal(options: GuardOptions): Promise<GuardedTemporal> {
  const { behind, authority, certificate, mutual, apiKey } = options;
  const upstream = http2.connect(`http://${behind}`);
  const server = http2.createSecureServer({
    cert: await readFile(certificate.certificate),
    key: await readFile(certificate.key),
    ca: await readFile(authority.file),
    requestCert: mutual,
    rejectUnauthorized: mutual,
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  let calls = 0;
  let newest: http2.IncomingHttpHeaders = {};
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    newest = headers;
    if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) {
      const refusal = { 'grpc-status': UNAUTHENTICATED, 'grpc-message': 'no such key' };
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refusal }, { endStream: true });
      return;
    }
    calls += 1;
    handOn(stream, upstream.request(withoutAuthority(headers)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls;
    },
    get headers() {
      return newest;
    },
    async stop() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Without whom it was meant for. */
const withoutAuthority = (headers: http2.IncomingHttpHeaders): http2.OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== ':authority'));

/** Answers, their trailers, and the end of either side. */
function handOn(stream: http2.ServerHttp2Stream, call: http2.ClientHttp2Stream): void {
  let trailers: http2.IncomingHttpHeaders = {};
  call.on('error', () => stream.close());
  call.on('trailers', (last) => (trailers = last));
  stream.once('close', () => call.close(http2.constants.NGHTTP2_CANCEL));
  stream.pipe(call);
  call.once('response', (headers) => {
    if ('grpc-status' in headers) return stream.respond(headers, { endStream: true });
    stream.respond(headers, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    call.pipe(stream);
  });
}
