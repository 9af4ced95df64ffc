import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAddressPolicy } from '../../../activities/sources/remote/address-policy.ts';
import { createDownloads } from '../../../activities/sources/remote/downloads.ts';
import { keptFiles, networkFiles } from '../../../activities/sources/remote/remote-files.ts';
import { createRequester } from '../../../activities/sources/remote/request.ts';
import { urlSource, type UrlOptions } from '../../../activities/sources/url.ts';
import { createRandom } from '../../../ml/random.ts';
import { until } from '../../support/until.ts';
import { picture, pngOf, readAll, testContext } from './context.ts';
import { startFileServer, type FileServer } from './file-server.ts';
import { makeTgz, makeZip } from './make-archives.ts';
import { makeIdxPair } from './make-idx.ts';

let server: FileServer;
let folder: string;
beforeAll(async () => void (server = await startFileServer()));
afterAll(() => server.close());
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'digitflow-url-'))));
afterEach(async () => {
  server.files.clear();
  server.special.clear();
  Object.assign(server, { asked: [], cuts: [], etags: true, taken: () => Promise.resolve() });
  await rm(folder, { recursive: true });
});

const policy = createAddressPolicy(['127.0.0.0/8']);

function source(path: string, options: Partial<UrlOptions> & { timeoutSeconds?: number } = {}) {
  const requester = createRequester({ policy });
  const downloads = createDownloads({ folder, requester, retryDelaysMs: [1, 1, 1] });
  const files = networkFiles(downloads, options.timeoutSeconds ?? 60);
  const defaults = { format: 'auto', classes: 10, maxBytes: 1e9, policy, files } as const;
  return urlSource({ ...defaults, url: `${server.url}${path}`, ...options });
}

const good = ['0', '1', '2'].flatMap((name, label) =>
  [1, 2, 3].map((i) => ({ name: `set/${name}/${i}.png`, bytes: pngOf(label * 10 + i) })),
);
const goodPictures = [0, 1, 2].flatMap((label) => [1, 2, 3].map((i) => picture(label * 10 + i)));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function pictures(from: ReturnType<typeof source>) {
  const { items } = await readAll(from);
  return items.map((item) => ('image' in item ? item.image : item.rejected.reason));
}

describe('source url', () => {
  it.each([
    ['/digits.zip', makeZip(good)],
    ['/digits.tgz?key=secret', makeTgz(good)],
  ])('reads the archive %s', async (path, bytes) => {
    server.files.set(path, bytes);
    const context = testContext();
    const { opened, items } = await readAll(source(path), context);
    expect(opened).toMatchObject({ classes: ['0', '1', '2'], total: 9, parts: [{ name: 'url', kind: 'url' }] });
    expect(items.map((item) => 'image' in item && item.image)).toEqual(goodPictures);
    expect(items.every((item) => !('rejected' in item) && item.source === 'url')).toBe(true);
    expect([...context.kept]).toEqual([['download', Buffer.from(bytes)]]);
  });

  it('reads a pair of IDX files', async () => {
    const pair = makeIdxPair(
      goodPictures.map(({ pixels }, i) => ({ pixels, label: Math.floor(i / 3) })),
      8,
    );
    server.files.set('/images.gz', gzipSync(pair.images));
    server.files.set('/labels', pair.labels);
    const labels = `${server.url}/labels`;
    expect(await pictures(source('/images.gz', { labels, classes: 3 }))).toEqual(goodPictures);
    expect(await source('/images.gz', { labels }).identity(testContext())).toEqual({
      kind: 'url',
      sha256: sha256(server.files.get('/images.gz')!),
      labels: sha256(pair.labels),
    });
  });

  it.each([
    [
      'text',
      (paths: string[]) => `# label address\n\n${paths.map((path, i) => `${Math.floor(i / 3)}\t${path}`).join('\r\n')}`,
    ],
    [
      'JSON',
      (paths: string[]) =>
        JSON.stringify(paths.map((url, i) => ({ url, label: Math.floor(i / 3), group: `writer ${i % 3}` }))),
    ],
  ])('reads a list of images as %s, and sets aside what is not there', async (kind, listOf) => {
    good.forEach(({ bytes }, i) => server.files.set(`/set/${i}.png`, bytes));
    const paths = good.map((_, i) => `${i}.png`);
    server.files.set('/set/list.txt', Buffer.from(listOf([...paths, `${server.url}/gone.png`])));
    const context = testContext();
    const { opened, items } = await readAll(source('/set/list.txt'), context);
    expect(opened.classes).toEqual(['0', '1', '2', '3']);
    expect(items.map((item) => ('image' in item ? item.image : item.rejected.reason))).toEqual([
      ...goodPictures,
      'unreadable',
    ]);
    if (kind === 'JSON') expect(items[1]).toMatchObject({ group: 'writer 1' });
    const before = await source('/set/list.txt').identity(context);
    expect(await source('/set/list.txt').identity(context)).toEqual(before);
    server.files.set('/set/4.png', pngOf(99));
    expect(await source('/set/list.txt').identity(context)).not.toEqual(before);
  });

  it('gives the same once more from what was kept, without the network', async () => {
    good.forEach(({ bytes }, i) => server.files.set(`/${i}.png`, bytes));
    server.files.set('/list', Buffer.from(good.map((_, i) => `${Math.floor(i / 3)} ${i}.png`).join('\n')));
    const { kept, ...context } = testContext();
    const first = source('/list', { format: 'list' });
    const { items } = await readAll(first, context);
    await mkdir(join(folder, 'kept/images'), { recursive: true });
    for (const [path, content] of kept) await writeFile(join(folder, 'kept', path), content!);
    server.files.clear();
    const again = source('/list', { format: 'list', files: keptFiles(join(folder, 'kept')) });
    expect((await readAll(again)).items).toEqual(items);
    expect(await again.identity(context)).toEqual(await first.identity(context));
  });

  it('asks for nothing when its digest is known, and only whether it changed when not', async () => {
    const bytes = makeZip(good);
    server.files.set('/digits.zip', bytes);
    const pinned = () => source('/digits.zip', { sha256: sha256(bytes) });
    expect(await pinned().identity(testContext())).toEqual({ kind: 'url', sha256: sha256(bytes) });
    expect(server.asked).toEqual([]);
    await readAll(pinned());
    await readAll(pinned());
    expect(server.asked).toEqual(['/digits.zip all']);
    await readAll(source('/digits.zip')); // 304
    expect(server.asked).toHaveLength(2);
    const other = makeZip(good.slice(0, 6));
    server.files.set('/digits.zip', other);
    expect(await source('/digits.zip').identity(testContext())).toEqual({ kind: 'url', sha256: sha256(other) });
  });

  it('reads what its identity pinned, even when the file changes in between', async () => {
    server.files.set('/digits.zip', makeZip(good));
    const one = source('/digits.zip');
    const identity = await one.identity(testContext());
    server.files.set('/digits.zip', makeZip(good.slice(0, 6)));
    expect((await readAll(one)).items).toHaveLength(9);
    expect(await one.identity(testContext())).toEqual(identity);
  });
});

/** Until a file in the folder has so many bytes. */
async function written(sizeBytes: number): Promise<void> {
  const sizes = async () => {
    const names = (await readdir(folder)).filter((name) => name.startsWith('part-'));
    return Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  };
  await until(async () => (await sizes()).includes(sizeBytes));
}

describe('a download', () => {
  const random = createRandom(3);
  const noise = { name: 'set/0/noise.bin', bytes: Uint8Array.from({ length: 400_000 }, () => random.integer(256)) };
  const large = makeZip([...good, noise]);

  it('goes on where the wire was cut', async () => {
    server.files.set('/large.zip', large);
    Object.assign(server, { cuts: [100_000, 150_000], taken: written });
    expect(await source('/large.zip').identity(testContext())).toEqual({ kind: 'url', sha256: sha256(large) });
    expect(server.asked).toEqual(['/large.zip all', '/large.zip bytes=100000-', '/large.zip bytes=250000-']);
  });

  it('goes on in a later attempt, by another process', async () => {
    server.files.set('/large.zip', large);
    const stopped = new AbortController();
    server.special.set('/large.zip', (_, response) => {
      if (server.asked.length === 2) stopped.abort(new Error('the worker ends'));
      if (server.asked.length >= 2) return void response.destroy();
      response.setHeader('etag', '"one"');
      response.setHeader('content-length', large.length);
      response.write(large.subarray(0, 77_777), () => void written(77_777).then(() => response.destroy()));
    });
    await expect(source('/large.zip').identity({ signal: stopped.signal })).rejects.toThrow('the worker ends');
    const ranges: string[] = [];
    server.special.set('/large.zip', (request, response) => {
      ranges.push(`${request.headers.range} ${String(request.headers['if-range'])}`);
      response.setHeader('content-range', `bytes 77777-${large.length - 1}/${large.length}`);
      response.writeHead(206, { etag: '"one"' }).end(large.subarray(77_777));
    });
    expect(await source('/large.zip').identity(testContext())).toEqual({ kind: 'url', sha256: sha256(large) });
    expect(ranges).toEqual(['bytes=77777- "one"']);
  });

  it('begins anew when the file changed meanwhile, or the server has no ETags', async () => {
    for (const etags of [true, false]) {
      const other = makeZip([...good, { ...noise, bytes: noise.bytes.map((byte) => byte ^ 1) }]);
      server.files.set('/large.zip', large);
      const taken = async (sizeBytes: number) => {
        await written(sizeBytes);
        server.files.set('/large.zip', other);
      };
      Object.assign(server, { etags, cuts: [100_000], asked: [], taken });
      const identity = source('/large.zip').identity(testContext());
      expect(await identity).toEqual({ kind: 'url', sha256: sha256(other) });
      expect(server.asked[1]).toBe(etags ? '/large.zip bytes=100000-' : '/large.zip all');
    }
  });

  it('by many at once is whole for each of them, and leaves one file', async () => {
    server.files.set('/large.zip', large);
    server.cuts = [50_000, 90_000, 10_000, 200_000, 30_000];
    const all = await Promise.all(Array.from({ length: 8 }, () => source('/large.zip').identity(testContext())));
    expect(new Set(all.map(({ sha256: got }) => got))).toEqual(new Set([sha256(large)]));
    expect((await readdir(folder)).filter((name) => !name.endsWith('.json'))).toEqual([sha256(large)]);
  });

  it.each([
    ['a file that is not there', {}, 'DownloadRefused', false, 'missing'],
    ['a file above maxBytes, by its header', { maxBytes: 1000 }, 'DownloadTooLarge', false, 'whole'],
    ['a file above maxBytes, without header', { maxBytes: 1000 }, 'DownloadTooLarge', false, 'chunked'],
    ['a file with another digest', { sha256: 'ab'.repeat(32) }, 'WrongDigest', false, 'whole'],
    ['a server that is always busy', {}, 'DownloadFailed', undefined, 'busy'],
    ['a server that never ends', { timeoutSeconds: 0.3 }, 'DownloadTimedOut', undefined, 'hanging'],
    ['parts that begin elsewhere', {}, 'DownloadFailed', undefined, 'wrong part'],
  ] as const)('refuses %s', async (_, options, code, retryable, behaviour) => {
    if (behaviour === 'whole') server.files.set('/a.zip', large);
    if (behaviour !== 'whole' && behaviour !== 'missing')
      server.special.set('/a.zip', (request, response) => {
        if (behaviour === 'busy') response.writeHead(503).end('later');
        if (behaviour === 'hanging') response.write('PK');
        if (behaviour === 'chunked') response.end(large);
        if (behaviour === 'wrong part') response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('12345');
        void request;
      });
    const error: unknown = await readAll(source('/a.zip', options)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect((error as { retryable?: boolean }).retryable).toBe(retryable);
  });

  it('says nothing of what stands in a query', async () => {
    const failing = source('/none.zip?token=secret').identity(testContext());
    await expect(failing).rejects.toThrow(/none\.zip: expected status 200, got 404/);
    await expect(source('/none.zip?token=secret').identity(testContext())).rejects.not.toThrow(/secret/);
  });

  it('follows redirects, five at most', async () => {
    server.files.set('/digits.zip', makeZip(good));
    const to = (path: string, target: string) =>
      server.special.set(path, (_, response) => void response.writeHead(302, { location: target }).end());
    to('/1.zip', '/2.zip');
    to('/2.zip', `${server.url}/digits.zip`);
    expect(await pictures(source('/1.zip'))).toEqual(goodPictures);
    to('/loop.zip', '/loop.zip');
    await expect(source('/loop.zip').identity(testContext())).rejects.toMatchObject({ code: 'UrlNotAllowed' });
    expect(server.asked.filter((line) => line.startsWith('/loop'))).toHaveLength(6);
  });
});

describe('a list of images', () => {
  it.each([
    ['a line with one word', 'a.png', /line 1: expected LABEL ADDRESS, got "a.png"/],
    ['a line with three', '\n1 a.png b.png', /line 2/],
    ['nothing', '# only words\n', /empty list/],
    ['a label with a slash', '../1 a.png', /without slashes, got "\.\.\/1"/],
    ['JSON cut short', '[{"url":"a.png","label":"1"}', /expected a JSON list/],
    ['an entry without label', '[{"url":"a.png"}]', /entry 1: expected \{ url, label, group\?, sha256\? \}/],
    ['an unknown key', '[{"url":"a.png","label":"1","weight":2}]', /entry 1/],
    ['null', '[null]', /entry 1/],
    ['a digest that is none', '[{"url":"a.png","label":"1","sha256":"x"}]', /64 lower-case hex digits/],
    ['other bytes', Buffer.from([0xff, 0xfe, 0]), /in UTF-8/],
  ])('is refused with %s', async (_, text, message) => {
    server.files.set('/list.json', Buffer.from(text as string));
    await expect(readAll(source('/list.json'))).rejects.toMatchObject({
      code: 'InvalidImageList',
      message: expect.stringMatching(message),
    });
  });

  it('that pins every image needs none of them to be identified', async () => {
    const list = good.map(({ bytes }, i) => ({
      url: `${i}.png`,
      label: `${Math.floor(i / 3)}`,
      sha256: sha256(bytes),
    }));
    server.files.set('/list.json', Buffer.from(JSON.stringify(list)));
    await source('/list.json').identity(testContext());
    expect(server.asked).toHaveLength(1);
    good.forEach((_, i) => server.files.set(`/${i}.png`, pngOf(77)));
    await expect(readAll(source('/list.json'))).rejects.toMatchObject({ code: 'WrongDigest' });
  });
});
