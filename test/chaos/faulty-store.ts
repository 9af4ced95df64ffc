// A MinIO of a lane's own behind a proxy that fails now and then, by seed: busy answers, slow ones, answers lost or turned
// into errors after the server acted, bodies cut in the middle.

import { createMinioBucket } from '../../artifacts/minio-store.ts';
import type { StoreLocation } from '../../artifacts/open-store.ts';
import { createRandom, type Random } from '../../ml/random.ts';
import { startFaultyProxy, type Fault } from '../support/faulty-proxy.ts';
import { startMinio } from '../support/start-minio.ts';

export interface FaultyStore {
  endpoint: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  /** The same bucket without faults. */
  direct: StoreLocation;
  /** How often each fault happened. */
  counts: Record<string, number>;
  pid(): number | undefined;
  stop(): Promise<void>;
}

const FAULTS: [name: string, fault: Fault, share: number][] = [
  ['busy', { kind: 'error', status: 503, code: 'SlowDown' }, 0.02],
  ['slow', { kind: 'slow', delayMs: 1_500 }, 0.02],
  ['error after acting', { kind: 'error', status: 500, code: 'InternalError', acted: true }, 0.01],
  ['lost answer', { kind: 'lost answer' }, 0.01],
  ['cut answer', { kind: 'cut answer' }, 0.01],
  ['cut request', { kind: 'cut request' }, 0.01],
];

export async function startFaultyStore(seed: number): Promise<FaultyStore> {
  const minio = await startMinio();
  const bucket = 'chaos';
  const { accessKey, secretKey } = minio;
  const direct = { kind: 's3' as const, endpoint: minio.endpoint, region: 'us-east-1', bucket, accessKey, secretKey };
  await createMinioBucket(direct);
  const random = createRandom(seed, 7);
  const counts: FaultyStore['counts'] = {};
  const proxy = await startFaultyProxy(minio.endpoint);
  proxy.failAs(() => {
    const [name, fault] = chooseFault(random) ?? [];
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
    return fault;
  });
  return {
    endpoint: proxy.endpoint,
    bucket,
    accessKey,
    secretKey,
    direct,
    counts,
    pid: () => undefined, // its own MinIO stays: this lane is about the way to it
    async stop() {
      await proxy.close();
      await minio.stop();
    },
  };
}

function chooseFault(random: Random): (typeof FAULTS)[number] | undefined {
  let left = random.uniform();
  return FAULTS.find(([, , share]) => (left -= share) < 0);
}
