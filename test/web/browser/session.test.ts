// The page's session as others see and steer it: links, pause and end from the desk, tokens, keys, the HTTP interface.

import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPage } from '../../support/browser.ts';
import { launchBeforeDigit } from '../../support/counted-camera.ts';
import { startPageServer, type PageServer } from '../../support/page-server.ts';

const DIGIT = '7';
const NAME = 'session-of-a-workflow';

let server: PageServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPageServer(), launchBeforeDigit(Number(DIGIT))]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const reads = (page: Page): Promise<void> =>
  page.locator('.digit.digit .glyph', { hasText: DIGIT }).waitFor({ timeout: 20_000 });
const status = (page: Page, text: string): Promise<void> =>
  page.getByTestId('status').filter({ hasText: text }).waitFor();

it('takes the session that its link names, rests while it is paused, and starts another when it was ended', async () => {
  const { desk } = server;
  const { link } = desk.reserve(NAME, 'browser');
  const answered = (): number => desk.figures(NAME)!.frames.answered;
  const { page, context } = await openPage(browser, link);
  await reads(page);
  expect(desk.figures(NAME)).toMatchObject({ state: 'open' });
  expect(desk.list()).toHaveLength(1);

  desk.pause(NAME);
  await status(page, 'Paused');
  const inHand = (): number => {
    const { received, answered, dropped } = desk.figures(NAME)!.frames;
    return received - answered - dropped;
  };
  await expect.poll(inHand).toBe(0); // what was taken before is still answered
  const before = desk.figures(NAME)!.frames;
  await page.waitForTimeout(400); // 12 frames of the camera
  expect(desk.figures(NAME)!.frames).toMatchObject({ answered: before.answered });

  desk.resume(NAME);
  await status(page, 'Connected');
  await expect.poll(answered).toBeGreaterThan(before.answered);

  desk.end(NAME, 'ended by a person');
  await status(page, 'Ended');
  expect(desk.list()).toEqual([]);
  await page.getByRole('button', { name: 'New session' }).click();
  await status(page, 'Connected');
  await expect.poll(() => desk.list()[0]?.frames.answered).toBeGreaterThan(0);
  expect(desk.list()[0]!.session).not.toBe(NAME);
  await context.close();
});

it('comes back by itself to a session that was ended for want of frames', async () => {
  const { page, context } = await openPage(browser, server.url);
  await reads(page);
  // Those of pages before this one are kept for a while.
  const newest = () => server.desk.list().at(-1);
  const { session } = newest()!;
  server.desk.end(session, 'idle');
  await expect.poll(() => newest()?.session).not.toBe(session);
  await expect.poll(() => newest()?.frames.answered).toBeGreaterThan(0);
  await status(page, 'Connected');
  await context.close();
});

it('asks for the token, says when it is the wrong one, and reads with the right one', async () => {
  const token = 'a-token-for-this-test';
  const guarded = await startPageServer({ tokenSha256: createHash('sha256').update(token).digest('hex') });
  const { page, context, complaints } = await openPage(browser, guarded.url);
  const field = page.getByLabel('Token');
  await field.fill('another');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('alert').filter({ hasText: 'did not accept' }).waitFor();
  await field.fill(token);
  await page.getByRole('button', { name: 'Connect' }).click();
  await reads(page);
  expect(page.url()).not.toContain(token);
  expect(complaints).toEqual([]);
  await context.close();
  await guarded.close();
});

it('reads here only what a known key signed, until a person trusts the new one', async () => {
  const { page, context } = await openPage(browser, server.url, {
    before: `localStorage.setItem('digitflow.signing-key ' + location.origin,
      localStorage.getItem('digitflow.signing-key ' + location.origin) ?? 'the key of before')`,
  });
  await page.getByText('signed by another key').waitFor();
  await expect.poll(() => page.locator('.new-key code').textContent()).toMatch(/^([0-9a-f]{4} ){3}[0-9a-f]{4}$/);
  await page.getByRole('button', { name: 'Trust this key' }).click();
  await page.getByTestId('local-state').filter({ hasText: 'is here, checked, and' }).waitFor();
  expect(await page.getByRole('button', { name: 'Trust this key' }).count()).toBe(0);
  await context.close();
});

it('shows the HTTP interface at /docs within the policy', async () => {
  const { page, context, strangers, complaints, errors } = await openPage(browser, `${server.url}/docs`);
  await page.getByText('/v2/models').first().waitFor();
  expect({ strangers, complaints, errors }).toEqual({ strangers: [], complaints: [], errors: [] });
  await context.close();
});
