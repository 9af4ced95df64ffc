// A real browser with a page that has reading in the browser and nothing else, and the server it asks.

import type { BrowserContext, Page } from 'playwright-core';
import type { GrayImage } from '../../../ml/image/gray-image.ts';
import type { toNetworkInput } from '../../../ml/image/network-input.ts';
import type { FrameReading } from '../../../ml/reader/frame-reading.ts';
import type { createFrameReader } from '../../../ml/reader/read-frame.ts';
import { openChromium } from '../../support/open-chromium.ts';
import { PATIENCE_MS } from '../../support/until.ts';
import type { LocalModel } from '../../../web/in-browser/local-reader.ts';
import type { PageModel } from './page-model.ts';
import { bundleEntry, startPageServer, type PageServer } from './page-server.ts';

const ENTRY = `
  import { toNetworkInput } from './ml/image/network-input.ts';
  import { openWasmModel } from './ml/engines/wasm/page.ts';
  import { createFrameReader } from './ml/reader/read-frame.ts';
  import { createLocalReader } from './web/in-browser/create-local-reader.ts';
  import { pageBinaries } from './ml/engines/wasm/page-binaries.ts';
  import { decodeBase64, encodeBase64 } from './ml/base64.ts';
  Object.assign(globalThis, { parts: {
    toNetworkInput, openWasmModel, createFrameReader, createLocalReader, pageBinaries, decodeBase64, encodeBase64,
  } });
`;

/** What a page is asked to do is written here and runs there: it sees `parts` and its argument, nothing else. */
export interface Parts {
  parts: {
    toNetworkInput: typeof toNetworkInput;
    openWasmModel: (files: object) => Promise<{ predict(inputs: Uint8Array, count: number): Float32Array }>;
    createFrameReader: typeof createFrameReader;
    createLocalReader: (options?: object) => Reader;
    pageBinaries: { simd: { url: string } };
    decodeBase64: (text: string) => Uint8Array;
    encodeBase64: (bytes: Uint8Array) => string;
  };
  reader: Reader;
}
export interface Reader {
  state(): { state: string; reason?: string; newKey?: string; checked?: string; model?: { version: number } };
  prepare(): Promise<void>;
  trustNewKey(key: string): Promise<void>;
  read(frame: GrayImage, options?: object): Promise<{ reading: FrameReading; model: LocalModel }>;
}
export type State = ReturnType<Reader['state']>;

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
/** Pictures cross into the page as text. */
export const sent = ({ pixels, ...sides }: GrayImage) => ({ ...sides, pixels: base64(pixels) });

export interface BrowserWorld {
  server: PageServer;
  /** What the page of `openPage` wrote to its console, and what it threw. */
  complaints: string[];
  /** A page of a browser that has never been here; the one before is closed. */
  openPage(model: PageModel, origin?: string): Promise<Page>;
  close(): Promise<void>;
}

export async function openBrowserWorld(): Promise<BrowserWorld> {
  const [files, browser] = await Promise.all([
    bundleEntry(ENTRY),
    openChromium(['--host-resolver-rules=MAP digits.test 127.0.0.1']), // a host that is not localhost
  ]);
  const server = await startPageServer(files);
  let context: BrowserContext | undefined;
  const complaints: string[] = [];
  return {
    server,
    complaints,
    async openPage(model, origin = server.origin) {
      await context?.close();
      server.model = model;
      server.retell = (latest) => latest;
      complaints.length = 0;
      context = await browser.newContext();
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(origin);
      await newReader(page);
      return page;
    },
    async close() {
      await browser.close();
      await server.stop();
    },
  };
}

/** One that knows nothing of those before it but what the browser kept. */
export async function newReader(page: Page): Promise<void> {
  await page.waitForFunction(() => 'parts' in globalThis);
  await page.evaluate(() => {
    const page = globalThis as unknown as Parts;
    page.reader = page.parts.createLocalReader();
  });
}

export const prepare = (page: Page): Promise<State> =>
  page.evaluate(async () => {
    const { reader } = globalThis as unknown as Parts;
    await reader.prepare();
    return reader.state();
  });

export const read = (page: Page, frame: GrayImage) =>
  page.evaluate(({ width, height, pixels }) => {
    const { reader, parts } = globalThis as unknown as Parts;
    return reader.read({ width, height, pixels: parts.decodeBase64(pixels) });
  }, sent(frame));
