// The page without its camera: pictures, drawings, what it says when there is no camera, and whom it serves.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../../ml/codecs/png.ts';
import { blankImage } from '../../../ml/image/gray-image.ts';
import { launchBrowser, openPage, type WatchedPage } from '../../support/browser.ts';
import { startPageServer, type PageServer } from '../../support/page-server.ts';
import { drawDigit } from '../../support/pen-digits.ts';

const glyphs = (page: Page): Promise<string[]> => page.locator('.digit .glyph').allTextContents();
const reads = (page: Page, digits: string[]): Promise<void> => expect.poll(() => glyphs(page)).toEqual(digits);

let server: PageServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startPageServer(), launchBrowser({ camera: 'none' })]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

function picture(digits: readonly number[]): Buffer {
  const image = blankImage(60 + 150 * digits.length, 220, 222);
  digits.forEach((digit, index) => drawDigit(image, { digit, x: 40 + 150 * index, y: 50, side: 120, width: 13 }));
  return Buffer.from(encodePng(image));
}

describe('a picture', () => {
  it('that was chosen is read, several digits from left to right', async () => {
    const { page, context, strangers, complaints } = await openPage(browser, `${server.url}/#still`);
    const input = page.locator('input[type=file]');
    await input.setInputFiles({ name: 'digits.png', mimeType: 'image/png', buffer: picture([4, 7]) });
    await reads(page, ['4', '7']);
    await input.setInputFiles({ name: 'other.png', mimeType: 'image/png', buffer: picture([2]) });
    await reads(page, ['2']);
    await page.getByTestId('announcement').filter({ hasText: 'Reads' }).waitFor();
    expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
    await context.close();
  });

  it('that is none is told so, and the page goes on', async () => {
    const { page, context } = await openPage(browser, `${server.url}/#still`);
    const input = page.locator('input[type=file]');
    await input.setInputFiles({ name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.getByRole('alert').filter({ hasText: 'no picture this browser can open' }).waitFor();
    await input.setInputFiles({ name: 'digits.png', mimeType: 'image/png', buffer: picture([7]) });
    await reads(page, ['7']);
    await context.close();
  });
});

it('reads what is drawn on the pad, undoes strokes and clears', async () => {
  const { page, context } = await openPage(browser, `${server.url}/#draw`);
  const pad = (await page.getByLabel('Drawing pad').boundingBox())!;
  const draw = async (left: number): Promise<void> => {
    const at = (x: number, y: number): [number, number] => [
      pad.x + pad.width * (left + x * 0.3),
      pad.y + pad.height * (0.25 + y * 0.5),
    ];
    await page.mouse.move(...at(0.1, 0));
    await page.mouse.down();
    await page.mouse.move(...at(0.8, 0), { steps: 6 });
    await page.mouse.move(...at(0.4, 1), { steps: 6 });
    await page.mouse.up();
  };
  await draw(0.1);
  await reads(page, ['7']);
  await draw(0.55);
  await reads(page, ['7', '7']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await reads(page, ['7']);
  await page.getByRole('button', { name: 'Clear' }).click();
  await reads(page, []);
  await context.close();
});

describe('a camera', () => {
  it('that is not there is said, with what to do; so is one that came', async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.getByRole('alert').filter({ hasText: 'No camera found' }).waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true);
    await context.close();
  });

  it('that a person does not allow is said, with where to allow it', async () => {
    const strict = await launchBrowser({ isAllowed: false });
    const { page } = await openPage(strict, server.url);
    await page.getByRole('alert').filter({ hasText: 'The camera is not allowed here' }).waitFor();
    await strict.close();
  });

  it.each([
    ['NotReadableError', 'Another program holds the camera'],
    ['OverconstrainedError', 'That camera is not there any more'],
  ])('that fails by %s is said in plain words', async (name, title) => {
    const { page, context } = await openPage(browser, server.url, {
      before: `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('x', '${name}'))`,
    });
    await page.getByRole('alert').filter({ hasText: title }).waitFor();
    await context.close();
  });
});

describe('for everyone', () => {
  let opened: WatchedPage;
  beforeAll(async () => {
    opened = await openPage(browser, server.url);
    await opened.page.getByTestId('status').filter({ hasText: 'Connected' }).waitFor();
  });
  afterAll(() => opened?.context.close());

  it.each(['dark', 'light'] as const)('names every control and keeps text readable: %s', async (colorScheme) => {
    // A page of its own: in one that changes its colours they are on their way for a moment.
    const { page, context } = await openPage(browser, server.url, { colorScheme });
    await page.getByTestId('status').filter({ hasText: 'Connected' }).waitFor();
    expect(await page.evaluate<string[]>(NAMELESS)).toEqual([]);
    expect(await page.evaluate<string[]>(FAINT)).toEqual([]);
    await context.close();
  });

  it('moves nothing for those who asked for stillness', async () => {
    await opened.page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await opened.page.evaluate<string[]>(MOVING)).toEqual([]);
  });

  it.each([
    ['live', '[data-testid=status]'],
    ['still', 'input[type=file]'],
    ['draw', '[aria-label="Drawing pad"]'],
  ])('fits a phone without scrolling sideways: %s', async (view, part) => {
    const { page } = opened;
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`${server.url}/#${view}`);
    await page.locator(part).first().waitFor({ state: 'attached' });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  });

  it('is worked by keyboard: views by Tab and Enter, with a visible focus', async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.locator('.stage').waitFor();
    for (let press = 0; press < 20; press++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement.textContent')) === 'Draw') break;
    }
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none');
    await page.keyboard.press('Enter');
    await page.getByLabel('Drawing pad').waitFor();
    await context.close();
  });
});

/** Elements that would glide or breathe, in the page's own styles. */
const MOVING = `[...document.querySelectorAll('*')]
  .filter((one) => {
    const { transitionDuration, animationName } = getComputedStyle(one);
    return animationName !== 'none' || transitionDuration.split(',').some((time) => parseFloat(time) > 0);
  })
  .map((one) => one.className)`;

/** Controls without a name that a screen reader could say. */
const NAMELESS = `[...document.querySelectorAll('button, a, input, select')]
  .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.[0]?.textContent.trim() ||
    one.getAttribute('aria-labelledby')))
  .map((one) => one.outerHTML)`;

/** Text with less contrast than WCAG AA asks for (4.5, or 3 when large), on the page's own plain backgrounds. */
const FAINT = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((one) => one.offsetParent && !one.closest(':disabled, .unseen, .skip') && !one.previousElementSibling?.disabled)
    .filter((one) => {
      const style = getComputedStyle(one);
      const [a, b] = [light(parse(style.color)), light(ground(one))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return contrast < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5);
    })
    .map((one) => one.textContent.trim());
})()`;
