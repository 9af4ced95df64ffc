// MinIO as a part: one folder, one bucket, keys that only this home knows.

import type { StoreConnection } from '../../config/connection.ts';
import type { Environment } from '../../config/home.ts';
import { ensureCredentials } from './credentials.ts';
import { serverEnvironment } from './environment.ts';
import type { Report } from './events.ts';
import { ensureFolder } from './files.ts';
import type { PartSpec } from './part.ts';
import { listensOn } from './port-owner.ts';
import { LOOPBACK, type Ports } from './ports.ts';
import { prepareStoreOnceUp } from './prepare-store.ts';
import type { StackPaths } from './stack-paths.ts';
import { waitUntil } from './wait-until.ts';

const READY_TIMEOUT_MS = 60_000; // a busy machine needs seconds; beyond a minute it hangs

export const BUCKET = 'digitflow';
export const REGION = 'us-east-1';

export interface ObjectStoreServer {
  spec: PartSpec;
  /** Known once the part is ready. */
  connection(): Extract<StoreConnection, { kind: 's3' }>;
}

export function objectStoreServer(options: {
  executable: string;
  paths: StackPaths;
  ports: Ports;
  environment: Environment;
  report: Report;
}): ObjectStoreServer {
  const { executable, paths, environment, report } = options;
  const keys = ensureCredentials(paths.credentials);
  let port: number | undefined;
  const connection = (): Extract<StoreConnection, { kind: 's3' }> => {
    if (port === undefined) throw new Error('expected the port of the store to be chosen before it is asked for');
    return { kind: 's3', endpoint: `http://${LOOPBACK}:${port}`, region: REGION, bucket: BUCKET, ...keys };
  };

  const spec: PartSpec = {
    name: 'store',
    stopGraceMs: 1_000, // it ends at once when no request is open; its writes are whole or absent
    async command(failedStarts) {
      if (port === undefined || failedStarts > 0) {
        const choice = await options.ports.choose('store', { skip: failedStarts });
        if (choice.port !== choice.wanted)
          report({ kind: 'portTaken', part: 'store', wanted: choice.wanted, got: choice.port });
        port = choice.port;
      }
      const certificates = ensureFolder(paths.storeCertificates);
      const data = ensureFolder(paths.store);
      return {
        command: executable,
        args: ['server', '--quiet', '--address', `${LOOPBACK}:${port}`, '--certs-dir', certificates, data],
        env: serverEnvironment(environment, {
          MINIO_ROOT_USER: keys.accessKey,
          MINIO_ROOT_PASSWORD: keys.secretKey,
          MINIO_REGION: REGION,
          MINIO_BROWSER: 'off',
          MINIO_UPDATE: 'off', // it would ask the vendor's host for news
        }),
      };
    },
    async ready(child, signal) {
      const wait = { timeoutMs: READY_TIMEOUT_MS, signal };
      await waitUntil(async () => (await listensOn(child.pid, port!)) !== false, {
        ...wait,
        what: `MinIO to listen on ${port}`, // another's server may answer there; ours then ends, as it can't have it
      });
      await waitUntil(() => isHealthy(connection().endpoint, signal), {
        ...wait,
        what: 'MinIO to report itself ready',
      });
      await prepareStoreOnceUp(connection(), { ...wait, what: 'MinIO to take requests' });
      return { url: connection().endpoint };
    },
  };
  return { spec, connection };
}

/** Asks MinIO's own readiness address, which needs no keys. */
export async function isHealthy(endpoint: string, signal?: AbortSignal): Promise<boolean> {
  return (await fetch(`${endpoint}/minio/health/ready`, { signal: signal ?? null })).ok;
}
