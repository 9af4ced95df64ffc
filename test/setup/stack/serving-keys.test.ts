import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreAccessDenied } from '../../../artifacts/errors.ts';
import { createMinioBucket, createMinioStore } from '../../../artifacts/minio-store.ts';
import type { Store } from '../../../artifacts/store.ts';
import { resolveStore } from '../../../config/connection.ts';
import { homePaths } from '../../../config/home.ts';
import { openStore } from '../../../artifacts/open-store.ts';
import { assumeRole, assumeServingRole, keepServingKeys, pipelinePolicy } from '../../../setup/stack/serving-keys.ts';
import { sharedMinio } from '../../support/minio.ts';

const bytes = Buffer.from('{}');
const folder = mkdtempSync(join(tmpdir(), 'digitflow-keys-'));
const file = join(folder, 'serving.json');
let whole: Store;
let serving: Store;
let connection: { kind: 's3'; endpoint: string; accessKey: string; secretKey: string; region: string; bucket: string };

beforeAll(async () => {
  const minio = await sharedMinio();
  connection = { ...minio, kind: 's3', region: 'us-east-1', bucket: `keys-${randomBytes(6).toString('hex')}` };
  await createMinioBucket(connection);
  whole = createMinioStore(connection);
  await Promise.all(
    ['models/digits/aliases.json', 'blobs/sha256/ab/ab', 'runs/r/run.json'].map((key) => whole.put(key, bytes)),
  );
  serving = createMinioStore({ ...connection, ...(await assumeServingRole(connection)) });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the keys of an inference worker, on a real MinIO', () => {
  it('read models and blobs, and write feedback and summaries', async () => {
    expect((await serving.get('models/digits/aliases.json'))?.bytes).toEqual(new Uint8Array(bytes));
    expect(await serving.head('blobs/sha256/ab/ab')).toMatchObject({ sizeBytes: 2 });
    for (const key of ['feedback/1.json', 'sessions/one.json']) {
      expect((await serving.putIfAbsent(key, bytes)).outcome).toBe('written');
      expect(await serving.get(key)).toBeDefined();
      await serving.delete(key);
    }
  });

  it('say that an object is missing where it is, not that it is forbidden', async () => {
    expect(await serving.get('models/digits/versions/9.json')).toBeUndefined();
    expect(await serving.head('blobs/sha256/cd/cd')).toBeUndefined();
  });

  it('neither write nor delete models and blobs, nor read runs', async () => {
    for (const key of ['models/digits/aliases.json', 'blobs/sha256/ab/ab', 'steps/train/1.json'])
      await expect(serving.put(key, bytes)).rejects.toThrow(StoreAccessDenied);
    await expect(serving.putIfAbsent('models/digits/versions/1.json', bytes)).rejects.toThrow(StoreAccessDenied);
    await expect(serving.delete('models/digits/aliases.json')).rejects.toThrow(StoreAccessDenied);
    await expect(serving.get('runs/r/run.json')).rejects.toThrow(StoreAccessDenied);
    expect(await whole.get('models/digits/aliases.json')).toBeDefined();
  });

  it('lie in a file for their owner alone, from which a store takes each new pair at once', async () => {
    const kept = await keepServingKeys({
      store: connection,
      file,
      signal: new AbortController().signal,
      failed: () => undefined,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const environment = { S3_ENDPOINT: connection.endpoint, S3_BUCKET: connection.bucket, S3_KEYS_FILE: file };
    const store = openStore(resolveStore(environment, undefined, homePaths(folder)));
    const key = `feedback/${randomUUID()}`;
    await store.put(key, bytes);
    kept.stop();
    expect(() => statSync(file)).toThrow();
    const renewed = await keepServingKeys({
      store: connection,
      file,
      signal: new AbortController().signal,
      failed: () => undefined,
    });
    expect(await store.get(key)).toBeDefined();
    renewed.stop();
  });
});

describe('the keys of a pipeline worker, on a real MinIO', () => {
  it('read, list, write conditionally and delete everything in their bucket', async () => {
    const pipeline = createMinioStore({
      ...connection,
      ...(await assumeRole(connection, pipelinePolicy(connection.bucket))),
    });
    const created = await pipeline.putIfAbsent('steps/train/2.json', bytes);
    expect(created.outcome).toBe('written');
    expect((await pipeline.putIfAbsent('steps/train/2.json', Buffer.from('[]'))).outcome).toBe('lost');
    expect((await pipeline.get('steps/train/2.json'))?.bytes).toEqual(new Uint8Array(bytes));
    expect(await pipeline.get('steps/train/3.json')).toBeUndefined();
    const listed: string[] = [];
    for await (const { key } of pipeline.list('steps/')) listed.push(key);
    expect(listed).toContain('steps/train/2.json');
    await pipeline.delete('steps/train/2.json');
    expect(await whole.get('steps/train/2.json')).toBeUndefined();
  });

  it('open no other bucket, and make none', async () => {
    const keys = await assumeRole(connection, pipelinePolicy(connection.bucket));
    const other = { ...connection, bucket: `other-${randomBytes(6).toString('hex')}` };
    await expect(createMinioBucket({ ...other, ...keys })).rejects.toThrow(StoreAccessDenied);
    await createMinioBucket(other);
    await expect(createMinioStore({ ...other, ...keys }).put('a', bytes)).rejects.toThrow(StoreAccessDenied);
  });
});
