// Chromium before a camera that shows a digit and counts its frames (`counted-video.ts`).

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { countedVideo, VIDEO } from './counted-video.ts';
import { writeY4m } from './y4m.ts';

/** The video goes with the browser. */
export async function launchBeforeDigit(digit: number): Promise<Browser> {
  const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-camera-'));
  const file = path.join(folder, 'camera.y4m');
  await writeY4m({ file, frames: countedVideo(digit), framesPerSecond: VIDEO.framesPerSecond });
  const browser = await launchBrowser({ camera: { file } });
  browser.once('disconnected', () => rmSync(folder, { recursive: true, force: true }));
  return browser;
}
