// An S3 of somebody else's: https with an authority of its own, buckets as host names, keys that expire; by two makers.

import dns from 'node:dns';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStore } from '../../artifacts/open-store.ts';
import { UnreadableAuthorities } from '../../artifacts/minio-transport.ts';
import { resolveStore, type StoreConnection } from '../../config/connection.ts';
import { homePaths } from '../../config/home.ts';
import { prepareStoreOnceUp } from '../../setup/stack/prepare-store.ts';
import { assumeRole, pipelinePolicy } from '../../setup/stack/serving-keys.ts';
import { type Authority, type CertificateFiles, makeAuthority } from '../support/authority.ts';
import { ExecutableMissing } from '../support/executable.ts';
import { type MinioAddress, startMinio } from '../support/start-minio.ts';
import { startVersitygw } from '../support/start-versitygw.ts';

const DOMAIN = 's3.test';

let folder: string;
let authority: Authority;
let tls: CertificateFiles & { authority: string };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-s3-'));
  authority = await makeAuthority(folder);
  const certificate = await authority.issue(DOMAIN, [`*.${DOMAIN}`, '127.0.0.1']);
  tls = { ...certificate, authority: authority.file };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const makers: Record<string, (options: Parameters<typeof startVersitygw>[0]) => ReturnType<typeof startVersitygw>> = {
  MinIO: (options) => startMinio(folder, options),
  versitygw: startVersitygw,
};

describe.each(Object.entries(makers))('%s', (maker, start) => {
  let server: (MinioAddress & { stop(): Promise<void> }) | undefined;
  beforeAll(async () => {
    server = await start({ tls, domain: DOMAIN }).catch((error: unknown) => {
      if (error instanceof ExecutableMissing && maker !== 'MinIO') return undefined;
      throw error;
    });
  });
  afterAll(() => server?.stop());
  beforeEach(({ skip }) => skip(server === undefined, 'its executable is missing'));
  afterEach(() => void vi.restoreAllMocks());

  const locationOf = (more: Record<string, string> = {}): Extract<StoreConnection, { kind: 's3' }> => {
    const { endpoint, accessKey, secretKey } = server!;
    const environment = { S3_ENDPOINT: endpoint, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey, ...more };
    const location = resolveStore({ S3_BUCKET: 'elsewhere', ...environment }, undefined, homePaths(folder));
    if (location.kind !== 's3') throw new Error('expected an S3');
    return location;
  };
  /** Makes the bucket, tries conditional writes, writes, lists and reads. */
  const isUsable = async (location: StoreConnection): Promise<string[]> => {
    await prepareStoreOnceUp(location, { what: maker, timeoutMs: 120_000, signal: new AbortController().signal });
    const store = openStore(location);
    await store.put('blobs/a b+c', Buffer.from('bytes'));
    expect(Buffer.from((await store.get('blobs/a b+c'))!.bytes).toString()).toBe('bytes');
    const keys: string[] = [];
    for await (const { key } of store.list('blobs/')) keys.push(key);
    return keys;
  };

  test('is reached by https when S3_CA_FILE names its authority, and not otherwise', async () => {
    await expect(isUsable(locationOf({ S3_CA_FILE: authority.file }))).resolves.toEqual(['blobs/a b+c']);
    await expect(openStore(locationOf()).head('blobs/x')).rejects.toThrow(/certificate/);
  });

  test('finds a bucket that stands before the name of the host', async () => {
    const asked: string[] = [];
    vi.spyOn(dns, 'lookup').mockImplementation(((name: string, options: object, answer: Function) => {
      asked.push(name);
      answer(null, 'all' in options && options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
    }) as unknown as typeof dns.lookup);
    const endpoint = server!.endpoint.replace('127.0.0.1', DOMAIN);
    const location = locationOf({ S3_ENDPOINT: endpoint, S3_ADDRESSING: 'host', S3_CA_FILE: authority.file });
    await expect(isUsable({ ...location, bucket: 'by-host' })).resolves.toEqual(['blobs/a b+c']);
    expect(asked).toContain(`by-host.${DOMAIN}`);
    await expect(
      openStore({ ...locationOf({ S3_CA_FILE: authority.file }), bucket: 'by-host' }).head('blobs/a b+c'),
    ).resolves.toBeDefined();
  });

  if (maker !== 'MinIO') return; // gives no keys that expire
  test('takes keys that expire, with their session token', async () => {
    const location = locationOf({ S3_CA_FILE: authority.file });
    await isUsable(location);
    const { accessKey, secretKey, sessionToken } = await assumeRole(location, pipelinePolicy(location.bucket));
    const temporary = { S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey, S3_CA_FILE: authority.file };
    await expect(isUsable(locationOf({ ...temporary, S3_SESSION_TOKEN: sessionToken! }))).resolves.toHaveLength(1);
    await expect(openStore(locationOf(temporary)).head('blobs/a b+c')).rejects.toThrow();
  });
});

test('a file of authorities that is missing, or holds none, is named', async () => {
  const place = { kind: 's3', endpoint: 'https://s3.test', region: 'r', bucket: 'b' } as const;
  const keys = { accessKey: 'access', secretKey: 'secret-key' };
  const other = path.join(folder, 'other.pem');
  await writeFile(other, 'no certificate');
  for (const caFile of [path.join(folder, 'missing.pem'), other])
    expect(() => openStore({ ...place, ...keys, caFile })).toThrow(UnreadableAuthorities);
});
