// Chromium with a fake camera, and what a test wants to know of a page: where it asked, and what the policy forbade.

import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findExecutable } from './executable.ts';
import { PATIENCE_MS } from './until.ts';

export interface BrowserOptions {
  /** A .y4m that the camera plays, again and again; `none`: a machine without a camera. @default Chromium's own pattern */
  camera?: { file: string } | 'none';
  /** Allows the camera without asking. @default true */
  isAllowed?: boolean;
}

export function launchBrowser({ camera, isAllowed = true }: BrowserOptions = {}): Promise<Browser> {
  const args = ['--autoplay-policy=no-user-gesture-required'];
  if (process.getuid?.() === 0) args.push('--no-sandbox'); // Chromium refuses to run as root with it
  if (camera !== 'none') args.push('--use-fake-device-for-media-stream');
  if (camera !== undefined && camera !== 'none') args.push(`--use-file-for-fake-video-capture=${camera.file}`);
  if (isAllowed) args.push('--use-fake-ui-for-media-stream');
  const executablePath = findExecutable('chromium', 'DIGITFLOW_CHROMIUM');
  return chromium.launch({ executablePath, args, timeout: PATIENCE_MS });
}

export interface WatchedPage {
  page: Page;
  context: BrowserContext;
  /** Addresses asked for, without those of the page's own worker. */
  strangers: string[];
  /** What the policy forbade, and scripts that threw. */
  complaints: string[];
  /** What it wrote to its console as an error. */
  errors: string[];
}

export interface PageOptions {
  width?: number;
  height?: number;
  colorScheme?: 'dark' | 'light';
  reducedMotion?: 'reduce';
  /** Runs in the page before its own scripts. */
  before?: string;
}

/** Opens the page in a browser context of its own, with its own storage. */
export async function openPage(
  browser: Browser,
  url: string,
  { width = 1_280, height = 900, colorScheme = 'dark', reducedMotion, before }: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    ...(reducedMotion && { reducedMotion }),
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const strangers: string[] = [];
  const complaints: string[] = [];
  const errors: string[] = [];
  const { host } = new URL(url);
  const note = (address: string): void => {
    const asked = new URL(address);
    if (asked.protocol !== 'blob:' && asked.protocol !== 'data:' && asked.host !== host) strangers.push(address);
  };
  context.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  if (before !== undefined) await page.addInitScript({ content: before });
  await page.goto(url);
  return { page, context, strangers, complaints, errors };
}
