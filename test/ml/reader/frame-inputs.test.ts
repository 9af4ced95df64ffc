import { describe, expect, it } from 'vitest';
import { blankImage } from '../../../ml/image/gray-image.ts';
import { createFrameInputs } from '../../../ml/reader/frame-inputs.ts';
import { addNoise, DARK_ON_LIGHT, drawFrame, inkBox, LIGHT_ON_DARK, overlap } from './drawn-frames.ts';

const VGA_QUARTER = { width: 320, height: 240 };

describe('finding digits', () => {
  const find = createFrameInputs('digit');

  it.each([
    ['dark on light', DARK_ON_LIGHT],
    ['light on dark', LIGHT_ON_DARK],
  ])('finds each digit where it was drawn, %s', (_, levels) => {
    for (let digit = 0; digit <= 9; digit++) {
      const drawn = { digit, x: 60 + 13 * digit, y: 40 + 7 * digit, height: 90 };
      const { boxes } = find(addNoise(drawFrame(VGA_QUARTER, [drawn], levels), digit, 6));
      expect(Math.max(0, ...boxes.map((box) => overlap(box, inkBox(drawn))))).toBeGreaterThan(0.8);
    }
  });

  it('finds several digits of a frame', () => {
    const drawn = [3, 1, 4, 1, 5, 9].map((digit, i) => ({ digit, x: 15 + 50 * i, y: 80, height: 54 }));
    const { boxes } = find(drawFrame(VGA_QUARTER, drawn));
    for (const one of drawn) expect(Math.max(...boxes.map((box) => overlap(box, inkBox(one))))).toBeGreaterThan(0.7);
  });

  it('finds nothing in a blank or noisy frame', () => {
    for (const level of [0, 90, 255]) expect(find(addNoise(blankImage(320, 240, level), level, 12)).count).toBe(0);
  });
});
