// A Temporal of somebody else's: TLS with an authority of its own, mutual TLS, API keys, for the command line, for what the
// supervisor asks, and for workers, against a real server behind a gate.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectTemporal } from '../../cli/temporal.ts';
import { TemporalRefused } from '../../cli/errors.ts';
import { resolveTemporal } from '../../config/connection.ts';
import { homePaths } from '../../config/home.ts';
import { temporalOptions, type TemporalConnection } from '../../config/temporal.ts';
import { openTemporal, serverVersion } from '../../setup/stack/temporal-client.ts';
import { type Authority, type CertificateFiles, makeAuthority } from '../support/authority.ts';
import { type GuardedTemporal, guardTemporal } from '../support/guarded-temporal.ts';
import { sharedTemporal } from '../support/temporal.ts';

const KEY = 'a-key-of-a-cloud';

let folder: string;
let authority: Authority;
let own: CertificateFiles;
let mutual: GuardedTemporal;
let keyed: GuardedTemporal;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-guard-'));
  authority = await makeAuthority(folder);
  const [{ address: behind }, certificate, client] = await Promise.all([
    sharedTemporal(),
    authority.issue('temporal.test', ['127.0.0.1']),
    authority.issue('client.test'),
  ]);
  own = client;
  [mutual, keyed] = await Promise.all([
    guardTemporal({ behind, authority, certificate, mutual: true }),
    guardTemporal({ behind, authority, certificate, mutual: false, apiKey: KEY }),
  ]);
});
afterAll(async () => {
  await Promise.all([mutual?.stop(), keyed?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const connectionOf = (environment: Record<string, string>): TemporalConnection =>
  resolveTemporal(environment, undefined, homePaths(folder));

/** A worker's connection: the one in native code, which has a TLS of its own. */
async function asWorker(connection: TemporalConnection): Promise<string | null | undefined> {
  const native = await NativeConnection.connect(temporalOptions(connection));
  try {
    return (await native.workflowService.getSystemInfo({})).serverVersion;
  } finally {
    await native.close();
  }
}

async function asClient(connection: TemporalConnection): Promise<boolean> {
  const session = await connectTemporal(connection);
  try {
    await session.client.workflow.count("WorkflowType = 'none'");
    return true;
  } finally {
    await session.close();
  }
}

async function asSupervisor(connection: TemporalConnection): Promise<string> {
  const client = await openTemporal(connection);
  try {
    return await serverVersion(client);
  } finally {
    await client.connection.close();
  }
}

describe('mutual TLS', () => {
  const files = () => ({
    TEMPORAL_ADDRESS: mutual.address,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.file,
    TEMPORAL_TLS_CLIENT_CERT_PATH: own.certificate,
    TEMPORAL_TLS_CLIENT_KEY_PATH: own.key,
  });

  test('lets in clients, the supervisor and workers that show a certificate', async () => {
    const connection = connectionOf(files());
    const version = await asSupervisor(connection);
    expect(version).toMatch(/^\d+\.\d+/);
    await expect(asClient(connection)).resolves.toBe(true);
    await expect(asWorker(connection)).resolves.toBe(version);
    expect(mutual.calls).toBeGreaterThanOrEqual(3);
  });

  test('takes its settings from a profile of Temporal’s own file', async () => {
    const file = path.join(folder, 'temporal.toml');
    const lines = [
      '[profile.cloud]',
      `address = "${mutual.address}"`,
      'namespace = "default"',
      '[profile.cloud.tls]',
      `server_ca_cert_path = "${authority.file}"`,
      'server_name = "temporal.test"',
      `client_cert_path = "${own.certificate}"`,
      `client_key_path = "${own.key}"`,
    ];
    await writeFile(file, lines.join('\n'));
    const connection = connectionOf({ TEMPORAL_PROFILE: 'cloud', TEMPORAL_CONFIG_FILE: file });
    await expect(asClient(connection)).resolves.toBe(true);
    await expect(asWorker(connection)).resolves.toMatch(/^\d/);
  });

  test('keeps out who shows none, and who does not know the authority', async () => {
    const { TEMPORAL_ADDRESS, TEMPORAL_TLS_SERVER_CA_CERT_PATH } = files();
    const anonymous = connectionOf({ TEMPORAL_ADDRESS, TEMPORAL_TLS_SERVER_CA_CERT_PATH });
    await expect(asWorker(anonymous)).rejects.toThrow();
    const trusting = connectionOf({ TEMPORAL_ADDRESS, TEMPORAL_TLS: 'true' });
    await expect(asWorker(trusting)).rejects.toThrow(/certificate|UnknownIssuer|transport/i);
  });
});

describe('an API key', () => {
  const withKey = (apiKey: string) =>
    connectionOf({
      TEMPORAL_ADDRESS: keyed.address,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.file,
      TEMPORAL_API_KEY: apiKey,
      TEMPORAL_GRPC_META_X_TEAM: 'readers',
    });

  test('goes with every call, and so do headers', async () => {
    const connection = withKey(KEY);
    await expect(asSupervisor(connection)).resolves.toMatch(/^\d/);
    await expect(asClient(connection)).resolves.toBe(true);
    await expect(asWorker(connection)).resolves.toMatch(/^\d/);
    expect(keyed.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-team': 'readers' });
  });

  test('that is wrong is refused by the server, and the command line says so', async () => {
    await expect(asClient(withKey('another'))).rejects.toThrow(TemporalRefused);
    await expect(asWorker(withKey('another'))).rejects.toThrow(/no such key|Unauthenticated/i);
  });
});
