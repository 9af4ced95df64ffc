// A real Chromium for tests of pages: the machine's own, or the one that playwright has installed.

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
];

/** Undefined where there is none: tests of pages are skipped there. */
export const chromiumPath: string | undefined = [
  process.env['DIGITFLOW_CHROMIUM'],
  ...PLACES,
  chromium.executablePath(),
].find((path) => path !== undefined && existsSync(path));

/** @param args beyond those that every test needs */
export const openChromium = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath!,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args], // tests run as root, in containers with a small /dev/shm
  });
