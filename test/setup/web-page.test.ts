import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPage, type BuiltPage } from '../../setup/web-page.ts';

const FIRST_VIEW_BYTES = 150_000;

let cache: string;
let page: BuiltPage;

beforeAll(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'digitflow-page-'));
  page = await buildPage({ cache });
});

afterAll(() => rm(cache, { recursive: true, force: true }));

it('stays under 150 kB compressed until the page stands', () => {
  expect(page.files.find(({ path }) => path === 'index.html')?.firstView).toBe(true);
  expect(page.firstViewBytes).toBeGreaterThan(20_000); // or nothing was counted
  expect(page.firstViewBytes).toBeLessThan(FIRST_VIEW_BYTES);
});

it('names its files by their content, holds no inline script or style, and asks nobody else for anything', async () => {
  const html = await readFile(path.join(page.folder, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
  expect(named.length).toBeGreaterThan(2);
  for (const address of named) {
    expect(address).toMatch(/^\/assets\/[\w-]+-[A-Z0-9]{8}\.(js|css|svg|woff2)$/);
    expect((await stat(path.join(page.folder, address))).size).toBeGreaterThan(0);
  }
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)| on\w+=/);
  for (const { path: file } of page.files.filter(({ path }) => path.endsWith('.css')))
    expect(await readFile(path.join(page.folder, file), 'utf8')).not.toMatch(/url\(["']?(https?:)?\/\//);
});

it('lies there in Brotli and gzip, too', async () => {
  const script = page.files.find(({ path }) => path.endsWith('.js'))!;
  const file = path.join(page.folder, script.path);
  const plain = await readFile(file);
  expect(brotliDecompressSync(await readFile(`${file}.br`))).toEqual(plain);
  expect(gunzipSync(await readFile(`${file}.gz`))).toEqual(plain);
});

it('is not built again while its sources are as they were', async () => {
  const before = (await stat(path.join(page.folder, 'index.html'))).mtimeMs;
  expect(await buildPage({ cache })).toEqual(page);
  expect((await stat(path.join(page.folder, 'index.html'))).mtimeMs).toBe(before);
});
