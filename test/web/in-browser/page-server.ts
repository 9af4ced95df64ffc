// A page with reading in the browser, and the few addresses it asks: what the inference worker answers, without one.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { describeLatest } from '../../../inference/describe-latest.ts';
import type { LatestModel } from '../../../inference/latest-model.ts';
import type { PageModel } from './page-model.ts';

export interface PageFile {
  name: string;
  bytes: Uint8Array;
  isEntry: boolean;
}

/** Bundled as the page is: hashed names, chunks of their own for what is imported later. */
export async function bundleEntry(contents: string): Promise<PageFile[]> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts', sourcefile: 'entry.ts' },
    outdir: 'out',
    bundle: true,
    splitting: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    loader: { '.wasm': 'file' },
    external: ['fs', 'path', 'crypto', 'worker_threads', 'perf_hooks', 'os'],
    tsconfigRaw: {},
    entryNames: 'entry',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
  });
  return outputFiles.map(({ path, contents: bytes }) => {
    const name = basename(path);
    return { name, bytes, isEntry: name === 'entry.js' };
  });
}

const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

export interface PageServer {
  origin: string;
  port: number;
  /** Answered from now on; undefined: no model yet. */
  model: PageModel | undefined;
  /** Changes what latest.json says. */
  retell: (latest: LatestModel) => unknown;
  /** Paths asked for, in order. */
  asked: string[];
  stop(): Promise<void>;
  /** Again on the same port. */
  start(): Promise<void>;
}

export async function startPageServer(files: readonly PageFile[]): Promise<PageServer> {
  let server: Server | undefined;
  const page: PageServer = {
    origin: '',
    port: 0,
    model: undefined,
    retell: (latest) => latest,
    asked: [],
    async start() {
      server = createServer((request, response) => answer(page, files, request.url ?? '/', response));
      await new Promise<void>((resolve) => server!.listen(page.port, '127.0.0.1', resolve));
      page.port = (server.address() as AddressInfo).port;
      page.origin = `http://127.0.0.1:${page.port}`;
    },
    async stop() {
      await new Promise((resolve) => {
        server!.close(resolve);
        server!.closeAllConnections();
      });
    },
  };
  await page.start();
  return page;
}

const TYPES: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm', json: 'application/json' };

function answer(page: PageServer, files: readonly PageFile[], url: string, response: ServerResponse): void {
  page.asked.push(url);
  const send = (body: Uint8Array | string, type: string, caching: string): void => {
    response.writeHead(200, { 'content-type': type, 'cache-control': caching, 'content-security-policy': CSP });
    response.end(body);
  };
  const forEver = 'public, max-age=31536000, immutable';
  const typeOf = (name: string): string => TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream';
  const asset = files.find(({ name }) => url === `/${name}`);
  const { model } = page;
  if (url === '/')
    send(
      '<!doctype html><title>reading</title><script type="module" src="/entry.js"></script>',
      'text/html',
      'no-cache',
    );
  else if (asset !== undefined) send(asset.bytes, typeOf(asset.name), asset.isEntry ? 'no-cache' : forEver);
  else if (url === '/v2/models')
    send(JSON.stringify({ models: model === undefined ? [] : ['digits'] }), TYPES['json']!, 'no-cache');
  else if (url === '/models/digits/latest.json' && model !== undefined) {
    const latest = describeLatest(model.version, (path) => `${model.version.version}/${path}`);
    send(JSON.stringify(page.retell(latest)), TYPES['json']!, 'no-cache');
  } else {
    const [, version, path] = /^\/models\/digits\/(\d+)\/(.+)$/.exec(url) ?? [];
    const bytes = model !== undefined && Number(version) === model.version.version ? model.files.get(path!) : undefined;
    if (bytes !== undefined) send(bytes, typeOf(path!), forEver);
    else response.writeHead(404).end();
  }
}
