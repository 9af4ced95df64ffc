import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { s3Source } from '../../../activities/sources/s3.ts';
import { createMinioBucket, createMinioStore } from '../../../artifacts/minio-store.ts';
import type { Store } from '../../../artifacts/store.ts';
import { s3SourceSettings } from '../../../workers/settings.ts';
import { sharedMinio } from '../../support/minio.ts';
import { picture, pngOf, readAll, testContext } from './context.ts';

let bucket: string;
let store: Store;
beforeAll(async () => {
  bucket = `source-${randomBytes(6).toString('hex')}`;
  const options = { ...(await sharedMinio()), bucket };
  await createMinioBucket(options);
  store = createMinioStore(options);
});

let serial = 0;
/** A prefix of its own with three classes of four images. */
async function filled(): Promise<string> {
  const prefix = `set-${serial++}`;
  for (let label = 0; label < 3; label++)
    for (let i = 0; i < 4; i++) await store.put(`${prefix}/${label}/${i}.png`, pngOf(label * 10 + i));
  return prefix;
}

const source = (prefix: string, own: Pick<Store, 'list' | 'get'> = store) =>
  s3Source({ bucket, prefix, allowedBuckets: [bucket], openBucket: () => own });

describe('source s3', () => {
  it('reads the objects under a prefix, in the order of their keys, and keeps them', async () => {
    const prefix = await filled();
    await store.put(`${prefix}-other/0/a.png`, pngOf(99));
    await store.put(`${prefix}/.hidden/0/a.png`, pngOf(99));
    await store.put(`${prefix}/README`, Buffer.from('read me'));
    await store.put(`${prefix}/1/bad.png`, Buffer.from('no image'));
    const context = testContext();
    const { opened, items } = await readAll(source(prefix), context);
    expect(opened).toMatchObject({ classes: ['0', '1', '2'], total: 14, parts: [{ name: 's3', kind: 's3' }] });
    const accepted = items.flatMap((item) => ('image' in item ? [item] : []));
    expect(accepted.map(({ image }) => image)).toEqual(
      [0, 1, 2].flatMap((label) => [0, 1, 2, 3].map((i) => picture(label * 10 + i))),
    );
    expect(accepted[0]).toMatchObject({ name: '0/0.png', className: '0', source: 's3' });
    expect(items.flatMap((item) => ('rejected' in item ? [[item.name, item.rejected.reason]] : []))).toEqual([
      ['1/bad.png', 'not-an-image'],
      ['README', 'outside-class-folder'],
    ]);
    expect(context.kept.size).toBe(14);
  });

  it('is pinned by keys, ETags and sizes: any change is another identity', async () => {
    const prefix = await filled();
    const identity = () => source(prefix).identity(testContext());
    const first = await identity();
    expect(first).toMatchObject({ kind: 's3', objects: 12 });
    expect(await identity()).toEqual(first);
    await store.put(`${prefix}/0/0.png`, pngOf(50));
    const changed = await identity();
    await store.put(`${prefix}/0/new.png`, pngOf(51));
    const added = await identity();
    await store.delete(`${prefix}/0/new.png`);
    expect(changed).not.toEqual(first);
    expect(added).not.toEqual(changed);
    expect(await identity()).toEqual(changed);
  });

  it.each([
    ['another content', (key: string) => store.put(key, pngOf(77)), /got [0-9a-f]{32}/],
    ['nothing', (key: string) => store.delete(key), /got none/],
  ])('finds %s where an object was listed: a retryable error', async (_, change, message) => {
    const prefix = await filled();
    const opened = await source(prefix).open(testContext());
    await change(`${prefix}/2/3.png`);
    const reading = (async () => {
      for await (const item of opened.items()) void item;
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'SourceChanged',
      retryable: true,
      message: expect.stringMatching(message),
    });
  });

  it('asks for nothing outside the worker’s buckets', async () => {
    let opened = 0;
    const refused = (allowedBuckets: string[]) =>
      s3Source({ bucket: 'secrets', prefix: '', allowedBuckets, openBucket: () => (opened++, store) });
    for (const allowed of [[], ['digits', 'secret', 'secrets-2']])
      await expect(refused(allowed).identity(testContext())).rejects.toMatchObject({ code: 'SourceNotAllowed' });
    expect(opened).toBe(0);
  });

  it('refuses keys that lead out of the prefix', async () => {
    const object = (key: string) => ({ key, etag: 'a', sizeBytes: 1, lastModified: new Date(0) });
    for (const key of ['0/../../a.png', '0/a\\b.png', 'c:/a.png', '/a.png', '0/a\nb.png']) {
      const hostile = {
        get: () => Promise.resolve(undefined),
        async *list(prefix: string) {
          yield await Promise.resolve(object(prefix + key));
        },
      };
      await expect(source('digits', hostile).identity(testContext())).rejects.toMatchObject({ code: 'UnsafeArchive' });
    }
  });

  it('passes over what shows a bucket as folders', async () => {
    const object = (key: string) => ({ key, etag: 'a', sizeBytes: 0, lastModified: new Date(0) });
    const withFolders = {
      get: () => Promise.resolve(undefined),
      async *list(prefix: string) {
        for (const key of ['', '0/', '0/a.png', '1/', '1/b.png']) yield await Promise.resolve(object(prefix + key));
      },
    };
    expect((await source('digits', withFolders).open(testContext())).total).toBe(2);
  });
});

describe('the buckets of a worker', () => {
  const s3 = {
    kind: 's3',
    endpoint: 'http://store:9000',
    region: 'eu',
    bucket: 'own',
    accessKey: 'a',
    secretKey: 'b',
  } as const;
  it('are where the store is unless the environment says otherwise', () => {
    expect(s3SourceSettings(s3, {})).toBeUndefined();
    const { bucket: _bucket, ...place } = s3;
    expect(s3SourceSettings(s3, { DIGITFLOW_S3_SOURCES: 'digits, scans' })).toEqual({
      buckets: ['digits', 'scans'],
      place,
    });
    const elsewhere = { DIGITFLOW_S3_SOURCES: 'digits', DIGITFLOW_S3_SOURCES_ENDPOINT: 'https://s3.example' };
    const keys = { DIGITFLOW_S3_SOURCES_ACCESS_KEY: 'x', DIGITFLOW_S3_SOURCES_SECRET_KEY: 'y' };
    expect(s3SourceSettings(s3, { ...elsewhere, ...keys })).toEqual({
      buckets: ['digits'],
      place: { kind: 's3', endpoint: 'https://s3.example', region: 'us-east-1', accessKey: 'x', secretKey: 'y' },
    });
    expect(() => s3SourceSettings(s3, elsewhere)).toThrow(/ACCESS_KEY and/);
    expect(() => s3SourceSettings({ kind: 'file', folder: '/' }, { DIGITFLOW_S3_SOURCES: 'digits' })).toThrow(
      /ENDPOINT/,
    );
  });
});
