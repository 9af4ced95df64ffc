import { describe, expect, it } from 'vitest';
import { blankImage, type GrayImage } from '../../../ml/image/gray-image.ts';
import { createFrameInputs } from '../../../ml/reader/frame-inputs.ts';
import {
  addNoise,
  DARK_ON_LIGHT,
  drawDigit,
  drawFrame,
  fillBox,
  inkBox,
  LIGHT_ON_DARK,
  overlap,
  shaded,
  shadow,
  type DrawnDigit,
} from './drawn-frames.ts';

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

  const best = (frame: GrayImage, drawn: DrawnDigit): number =>
    Math.max(0, ...find(frame).boxes.map((box) => overlap(box, inkBox(drawn))));

  it.each([
    ['the left half', { x: 0, y: 0, w: 160, h: 240 }, { digit: 5, x: 50, y: 70, height: 90 }],
    ['the right half', { x: 160, y: 0, w: 160, h: 240 }, { digit: 2, x: 200, y: 60, height: 120 }],
    ['the lower half', { x: 0, y: 120, w: 320, h: 120 }, { digit: 3, x: 130, y: 140, height: 72 }],
    ['the middle', { x: 80, y: 0, w: 160, h: 240 }, { digit: 1, x: 100, y: 60, height: 90 }],
  ])('finds a digit on a white sheet that fills %s of a dark desk', (_, sheet, drawn) => {
    for (const desk of [20, 60, 110]) {
      const frame = blankImage(320, 240, desk);
      fillBox(frame, sheet, 230);
      drawDigit(frame, drawn, 40);
      expect(best(addNoise(frame, desk, 5), drawn)).toBeGreaterThan(0.8);
    }
  });

  it.each([0, 0.4])('finds each digit on the screen of a phone, light falling by %f', (fall) => {
    for (let digit = 0; digit <= 9; digit++) {
      const drawn = { digit, x: 130, y: 60, height: 110 };
      const frame = blankImage(320, 240, 120);
      fillBox(frame, { x: 75, y: 8, w: 170, h: 212 }, 15);
      fillBox(frame, { x: 85, y: 18, w: 150, h: 192 }, 200);
      drawDigit(frame, drawn, 50);
      const lit = shaded(frame, (x) => 1 - fall + (fall * x) / 320);
      expect(best(addNoise(lit, digit, 4), drawn)).toBeGreaterThan(0.8);
    }
  });

  it('finds each digit under the soft edge of a deep shadow', () => {
    for (let digit = 0; digit <= 9; digit++) {
      const drawn = { digit, x: 110, y: 50, height: 130 };
      const frame = drawFrame(VGA_QUARTER, [drawn], { ground: 210, ink: 110 });
      expect(best(addNoise(shaded(frame, shadow(150, 30)), digit, 4), drawn)).toBeGreaterThan(0.8);
    }
  });

  it('finds nothing where a shadow falls on an empty screen', () => {
    const frame = blankImage(320, 240, 90);
    fillBox(frame, { x: 60, y: 0, w: 220, h: 232 }, 15);
    fillBox(frame, { x: 66, y: 6, w: 208, h: 220 }, 170);
    expect(find(addNoise(shaded(frame, shadow(120, 40)), 8, 9)).count).toBe(0);
  });

  it('finds nothing in the edge of a phone that a hand lies over', () => {
    const frame = blankImage(320, 240, 110);
    fillBox(frame, { x: 0, y: 0, w: 200, h: 240 }, 190);
    fillBox(frame, { x: 200, y: 0, w: 12, h: 240 }, 15);
    fillBox(frame, { x: 120, y: 0, w: 200, h: 70 }, 140);
    fillBox(frame, { x: 120, y: 130, w: 200, h: 110 }, 140);
    expect(find(addNoise(frame, 9, 4)).count).toBe(0);
  });

  it('finds nothing in a blank or noisy frame', () => {
    for (const level of [0, 90, 255]) expect(find(addNoise(blankImage(320, 240, level), level, 12)).count).toBe(0);
  });
});
