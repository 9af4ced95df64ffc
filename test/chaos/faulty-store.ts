// A MinIO of a lane's own behind an HTTP proxy that fails now and then, by seed: busy answers, slow ones, answers lost
// after the server acted, bodies cut in the middle. It never changes a byte of what it passes on.

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMinioBucket } from '../../artifacts/minio-store.ts';
import type { StoreLocation } from '../../artifacts/open-store.ts';
import { createRandom, type Random } from '../../ml/random.ts';
import { startMinio } from '../support/start-minio.ts';

export type Fault = 'busy' | 'slow' | 'lost answer' | 'cut body';

export interface FaultyStore {
  endpoint: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  /** The same bucket without faults. */
  direct: StoreLocation;
  /** How often each fault happened. */
  counts: Record<Fault, number>;
  pid(): number | undefined;
  stop(): Promise<void>;
}

const SHARES: [Fault, number][] = [
  ['busy', 0.02],
  ['slow', 0.02],
  ['lost answer', 0.015],
  ['cut body', 0.015],
];
const SLOW_MS = 1_500;

export async function startFaultyStore(seed: number): Promise<FaultyStore> {
  const minio = await startMinio();
  const bucket = 'chaos';
  const { accessKey, secretKey } = minio;
  const direct = { kind: 's3' as const, endpoint: minio.endpoint, region: 'us-east-1', bucket, accessKey, secretKey };
  await createMinioBucket(direct);
  const random = createRandom(seed, 7);
  const counts: FaultyStore['counts'] = { busy: 0, slow: 0, 'lost answer': 0, 'cut body': 0 };
  const upstream = new URL(minio.endpoint);
  const agent = new http.Agent({ keepAlive: true });

  const server = http.createServer((request, response) => {
    const fault = chooseFault(random);
    if (fault !== undefined) counts[fault]++;
    if (fault === 'busy') return refuse(request, response);
    const pass = (): void => forward(request, response, { upstream, agent, fault });
    if (fault === 'slow') setTimeout(pass, SLOW_MS);
    else pass();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket,
    accessKey,
    secretKey,
    direct,
    counts,
    pid: () => undefined, // its own MinIO stays: this lane is about the way to it
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      agent.destroy();
      await minio.stop();
    },
  };
}

function chooseFault(random: Random): Fault | undefined {
  let left = random.uniform();
  for (const [fault, share] of SHARES) {
    left -= share;
    if (left < 0) return fault;
  }
  return undefined;
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.on('end', () => {
    response.writeHead(503, { 'content-type': 'application/xml' });
    response.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
  });
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { upstream, agent, fault }: { upstream: URL; agent: http.Agent; fault: Fault | undefined },
): void {
  const sent = http.request(
    {
      host: upstream.hostname,
      port: upstream.port,
      method: request.method,
      path: request.url,
      headers: request.headers, // Host too: the signature covers it
      agent,
    },
    (answer) => {
      if (fault === 'lost answer') {
        answer.resume();
        answer.on('end', () => request.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fault === 'cut body') {
        answer.once('data', (chunk: Buffer) => {
          response.write(chunk.subarray(0, Math.ceil(chunk.length / 2)));
          setImmediate(() => request.socket.destroy());
        });
        answer.once('end', () => request.socket.destroy());
        answer.resume();
        return;
      }
      answer.pipe(response);
    },
  );
  sent.on('error', () => request.socket.destroy());
  request.on('error', () => sent.destroy());
  request.pipe(sent);
}
