// The page in Chromium against a real worker, with a fake camera that shows a 7.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { launchBrowser, openPage } from '../../support/browser.ts';
import { countedVideo, VIDEO } from '../../support/counted-video.ts';
import { startPageServer, type PageServer } from '../../support/page-server.ts';
import { writeY4m } from '../../support/y4m.ts';

const DIGIT = '7';
/** A digit as a button of the reading. */
const reading = `.digit.digit .glyph`;

vi.setConfig({ testTimeout: 60_000 }); // two cores, a browser, a worker and a camera

let folder: string;
let server: PageServer;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-camera-'));
  const file = path.join(folder, 'camera.y4m');
  await writeY4m({ file, frames: countedVideo(Number(DIGIT)), framesPerSecond: VIDEO.framesPerSecond });
  [server, browser] = await Promise.all([startPageServer(), launchBrowser({ camera: { file } })]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

it('shows the digit before the camera, notes it and says it once', async () => {
  const { page, context, strangers, complaints } = await openPage(browser, server.url);
  await page.locator(reading, { hasText: DIGIT }).waitFor();
  expect(await page.locator(reading).allTextContents()).toEqual([DIGIT]);
  await page
    .getByTestId('announcement')
    .filter({ hasText: `Reads ${DIGIT}` })
    .waitFor();
  expect(await page.locator('.entry-text').first().textContent()).toBe(DIGIT);
  expect(await page.getByTestId('model-version').textContent()).toBe('v1');
  expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
  await context.close();
});

it('says that the worker is away, comes back by itself when it is there again, and reads on', async () => {
  const { page, context } = await openPage(browser, server.url);
  await page.locator(reading, { hasText: DIGIT }).waitFor();
  await server.stop();
  await page
    .getByTestId('status')
    .filter({ hasText: /Reconnecting|In this browser/ })
    .waitFor();
  await Promise.all([
    page.getByText('The worker is back.').waitFor(), // for four seconds
    page.getByTestId('status').filter({ hasText: 'Connected' }).waitFor(),
    server.start(),
  ]);
  await page.locator(reading, { hasText: DIGIT }).waitFor();
  await context.close();
});

it('sends nothing while its tab is hidden', async () => {
  const { page, context } = await openPage(browser, server.url);
  let sent = 0;
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => (sent += typeof payload === 'string' ? 0 : 1)),
  );
  await page.reload();
  await page.locator(reading, { hasText: DIGIT }).waitFor();
  expect(sent).toBeGreaterThan(0);
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
  await page.waitForTimeout(200); // what was sent before may still be reported
  const before = sent;
  await page.waitForTimeout(600); // 18 frames of the camera
  expect(sent).toBe(before);
  await context.close();
});
