import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blankImage, InvalidImage, type GrayImage } from '../../../ml/image/gray-image.ts';
import { INPUT_BYTES, toNetworkInput } from '../../../ml/image/network-input.ts';
import { createFrameInputs } from '../../../ml/reader/frame-inputs.ts';
import type { Infer } from '../../../ml/reader/frame-reading.ts';
import { createFrameReader } from '../../../ml/reader/read-frame.ts';
import {
  addNoise,
  DARK_ON_LIGHT,
  drawDigit,
  drawFrame,
  fillBox,
  inkBox,
  LIGHT_ON_DARK,
  overlap,
} from './drawn-frames.ts';

const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'];
const QVGA = { width: 320, height: 240 };

/** Network inputs of clean segment digits: the nearest one is the answer, `none` when none is near. */
const templates = Array.from({ length: 10 }, (_, digit) => {
  const frame = drawFrame({ width: 100, height: 140 }, [{ digit, x: 20, y: 20, height: 100 }]);
  return toNetworkInput(frame.pixels, frame.width, frame.height, 'digit');
});

const nearestTemplate =
  (calls: number[] = []): Infer =>
  (inputs, count) => {
    calls.push(count);
    const probabilities = new Float32Array(count * CLASSES.length);
    for (let i = 0; i < count; i++) {
      const own = inputs.subarray(i * INPUT_BYTES, (i + 1) * INPUT_BYTES);
      const distances = templates.map(
        (template) => template.reduce((sum, value, at) => sum + Math.abs(value - own[at]!), 0) / INPUT_BYTES,
      );
      const least = Math.min(...distances);
      probabilities[i * CLASSES.length + (least < 40 ? distances.indexOf(least) : 10)] = 0.95;
    }
    return probabilities;
  };

const readerWith = (infer: Infer, threshold = 0.5) =>
  createFrameReader({ model: { classes: CLASSES, threshold, preprocessing: 'digit' }, infer });

it('may share what prepares frames with readers of other models, as long as they take turns', async () => {
  const prepare = createFrameInputs('digit');
  const classes = [CLASSES, ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0', 'none']];
  const [one, other] = classes.map((names) =>
    createFrameReader({
      model: { classes: names, threshold: 0.5, preprocessing: 'digit' },
      infer: nearestTemplate(),
      prepare,
    }),
  );
  const labels = async (reader: typeof one, frame: GrayImage) =>
    (await reader!.read(frame)).digits.map(({ label }) => label);
  const [three, seven] = [3, 7].map((digit) => drawFrame(QVGA, [{ digit, x: 80, y: 60, height: 100 }]));
  for (let turn = 0; turn < 2; turn++) {
    expect(await labels(one, three!)).toEqual(['3']);
    expect(await labels(other, seven!)).toEqual(['2']);
  }
});

describe('reading a frame', () => {
  it.each([
    ['dark on light', DARK_ON_LIGHT],
    ['light on dark', LIGHT_ON_DARK],
  ])('names several digits from left to right in one batch, %s', async (_, levels) => {
    const calls: number[] = [];
    const drawn = [7, 2, 9, 4].map((digit, i) => ({ digit, x: 20 + 75 * i, y: 60 + 12 * i, height: 80 }));
    const reading = await readerWith(nearestTemplate(calls)).read(addNoise(drawFrame(QVGA, drawn, levels), 3, 5));
    expect(reading.digits.map(({ label }) => label).join('')).toBe('7294');
    expect(reading.decision).toBe('digit');
    reading.digits.forEach(({ box }, i) => expect(overlap(box, inkBox(drawn[i]!))).toBeGreaterThan(0.8));
    expect(calls).toHaveLength(1);
  });

  it('asks the network nothing about a blank frame', async () => {
    const calls: number[] = [];
    const reading = await readerWith(nearestTemplate(calls)).read(addNoise(blankImage(320, 240, 140), 1, 10));
    expect(reading).toMatchObject({ decision: 'none', digits: [] });
    expect(calls).toEqual([]);
  });

  it('reads on ruled paper, under tilted light and beside a hand', async () => {
    const frame = drawFrame(QVGA, [{ digit: 5, x: 130, y: 70, height: 100 }]);
    for (let y = 20; y < 240; y += 24)
      for (let x = 0; x < 320; x++) frame.pixels[y * 320 + x] = Math.min(frame.pixels[y * 320 + x]!, 160);
    fillBox(frame, { x: 0, y: 150, w: 90, h: 60 }, 120); // an arm from the left
    for (let i = 0; i < frame.pixels.length; i++) frame.pixels[i] = frame.pixels[i]! * (0.6 + (0.4 * (i % 320)) / 320);
    const { digits } = await readerWith(nearestTemplate()).read(frame);
    expect(digits.map(({ label }) => label)).toEqual(['5']);
  });

  it('does not take the hole of a digit for a digit, nor a frame around one', async () => {
    const frame = drawFrame(QVGA, [{ digit: 0, x: 120, y: 70, height: 90 }]);
    for (const [x, y, w, h] of [
      [70, 30, 180, 6],
      [70, 204, 180, 6],
      [70, 30, 6, 180],
      [244, 30, 6, 180],
    ] as const)
      fillBox(frame, { x, y, w, h }, 30);
    const { digits } = await readerWith(nearestTemplate()).read(frame);
    expect(digits.map(({ label }) => label)).toEqual(['0']);
  });

  it('says uncertain under the threshold, and takes a threshold of its own', async () => {
    const frame = drawFrame(QVGA, [{ digit: 3, x: 120, y: 70, height: 90 }]);
    const reader = readerWith(nearestTemplate(), 0.99);
    expect((await reader.read(frame)).decision).toBe('uncertain');
    expect((await reader.read(frame, { threshold: 0.9 })).decision).toBe('digit');
  });

  it('asks for more in a frame than the model does, unless a person asks for less', async () => {
    const halfSure: Infer = (inputs, count) =>
      (nearestTemplate()(inputs, count) as Float32Array).map((probability) => probability * 0.7);
    const frame = drawFrame(QVGA, [{ digit: 3, x: 120, y: 70, height: 90 }]);
    const reader = readerWith(halfSure, 0.5);
    expect((await reader.read(frame)).decision).toBe('uncertain');
    expect((await reader.read(frame, { threshold: 0.5 })).decision).toBe('digit');
    const alone = drawFrame({ width: 100, height: 140 }, [{ digit: 3, x: 20, y: 20, height: 100 }]);
    expect((await reader.read(alone, { mode: 'whole' })).decision).toBe('digit');
  });

  it('has to be surer of a digit among letters than of one among digits', async () => {
    const knows = (labels: number[]): Infer => {
      const nearest = nearestTemplate();
      return (inputs, count) =>
        (nearest(inputs, count) as Float32Array).map((_, at, all) => {
          const row = all.subarray(at - (at % CLASSES.length), at - (at % CLASSES.length) + CLASSES.length);
          const label = row.indexOf(Math.max(...row));
          return at % CLASSES.length === (labels.includes(label) ? label : 10) ? 0.95 : 0;
        });
    };
    const drawn = [4, 3, 7].map((digit, i) => ({ digit, x: 30 + 90 * i, y: 70, height: 90 }));
    const frame = drawFrame(QVGA, drawn);
    const decisions = async (labels: number[], options = {}): Promise<string[]> =>
      (await readerWith(knows(labels)).read(frame, options)).digits.map((digit) => `${digit.label} ${digit.decision}`);
    expect(await decisions([3])).toEqual(['3 uncertain']);
    expect(await decisions([3], { threshold: 0.5 })).toEqual(['3 digit']);
    expect(await decisions([3, 7])).toEqual(['3 digit', '7 digit']);
  });

  it('has to be surer of what is drawn as thin as a cable', async () => {
    const sure =
      (probability: number): Infer =>
      (_, count) =>
        Float32Array.from({ length: count * CLASSES.length }, (_unused, at) =>
          at % CLASSES.length === 1 ? probability : 0,
        );
    const frame = blankImage(320, 240, 200);
    fillBox(frame, { x: 130, y: 40, w: 60, h: 4 }, 60);
    fillBox(frame, { x: 186, y: 40, w: 4, h: 160 }, 60);
    const decide = async (probability: number, options = {}): Promise<string> =>
      (await readerWith(sure(probability)).read(frame, options)).decision;
    expect(await decide(0.9)).toBe('uncertain');
    expect(await decide(0.98)).toBe('digit');
    expect(await decide(0.9, { threshold: 0.5 })).toBe('digit');
  });

  it('asks the network nothing about a pen that leans, but about a slanted 4', async () => {
    const calls: number[] = [];
    const leaning = (draw: (along: number, across: number) => boolean): GrayImage => {
      const frame = blankImage(320, 240, 200);
      for (let y = 0; y < 240; y++)
        for (let x = 0; x < 320; x++) {
          const along = ((x - 160) * 2 - (y - 120) * 2) / Math.sqrt(8);
          const across = ((x - 160) * 2 + (y - 120) * 2) / Math.sqrt(8);
          if (draw(along, across)) frame.pixels[y * 320 + x] = 60;
        }
      return frame;
    };
    const reader = readerWith(nearestTemplate(calls));
    await reader.read(leaning((along, across) => Math.abs(along) < 60 && Math.abs(across) < 7));
    expect(calls).toEqual([]);
    const stem = (along: number, across: number): boolean => Math.abs(along) < 60 && Math.abs(across - 8) < 5;
    const bow = (along: number, across: number): boolean => Math.abs(along - 10) < 5 && Math.abs(across) < 20;
    const arm = (along: number, across: number): boolean => along > 10 && along < 55 && Math.abs(across + 16) < 5;
    await reader.read(leaning((along, across) => [stem, bow, arm].some((part) => part(along, across))));
    expect(calls).toEqual([1]);
  });

  it('does not take what the border cuts off for a digit, but one that is held close', async () => {
    const cut = drawFrame(QVGA, [{ digit: 1, x: 100, y: -8, height: 70 }]);
    expect((await readerWith(nearestTemplate()).read(cut)).decision).toBe('none');
    const close = drawFrame(QVGA, [{ digit: 7, x: 100, y: 60, height: 181 }]);
    expect((await readerWith(nearestTemplate()).read(close)).digits.map(({ label }) => label)).toEqual(['7']);
  });

  it('asks the network nothing about the edge of a sheet', async () => {
    const calls: number[] = [];
    const frame = blankImage(320, 240, 200);
    fillBox(frame, { x: 70, y: 20, w: 160, h: 190 }, 60);
    fillBox(frame, { x: 75, y: 25, w: 150, h: 180 }, 200);
    expect((await readerWith(nearestTemplate(calls)).read(frame)).decision).toBe('none');
    expect(calls).toEqual([]);
  });

  it('asks the network nothing about a coin', async () => {
    const calls: number[] = [];
    const frame = blankImage(320, 240, 200);
    for (let y = -30; y <= 30; y++)
      for (let x = -30; x <= 30; x++) if (x * x + y * y <= 900) frame.pixels[(120 + y) * 320 + 160 + x] = 60;
    expect((await readerWith(nearestTemplate(calls)).read(frame)).decision).toBe('none');
    expect(calls).toEqual([]);
  });

  it('takes the whole frame as one digit in mode whole', async () => {
    const frame = drawFrame({ width: 640, height: 480 }, [{ digit: 6, x: 200, y: 60, height: 300 }]);
    const { digits } = await readerWith(nearestTemplate()).read(frame, { mode: 'whole', crops: true });
    expect(digits).toHaveLength(1);
    expect(digits[0]).toMatchObject({ label: '6', box: { x: 0, y: 0, w: 640, h: 480 } });
    expect(Buffer.from(digits[0]!.crop!.pixels).equals(frame.pixels)).toBe(true);
  });

  it('hands out the crops that were preprocessed, and only where asked for', async () => {
    const frame = drawFrame(QVGA, [{ digit: 8, x: 120, y: 70, height: 90 }]);
    let seen = new Uint8Array();
    const reader = readerWith((inputs, count) => {
      seen = inputs.slice();
      return nearestTemplate()(inputs, count);
    });
    expect((await reader.read(frame)).digits[0]).not.toHaveProperty('crop');
    const crop = (await reader.read(frame, { crops: true })).digits[0]!.crop!;
    const again = toNetworkInput(crop.pixels, crop.width, crop.height, 'digit');
    expect([0, 1, 2, 3].some((i) => Buffer.from(seen.subarray(i * 1024, (i + 1) * 1024)).equals(again))).toBe(true);
  });

  it('stays usable after a failure of the network and after a wrong picture', async () => {
    let fails = true;
    const reader = readerWith((inputs, count) => {
      if (fails) throw new TypeError('no runtime');
      return nearestTemplate()(inputs, count);
    });
    const frame = drawFrame(QVGA, [{ digit: 2, x: 120, y: 70, height: 90 }]);
    await expect(reader.read(frame)).rejects.toThrow('no runtime');
    await expect(reader.read({ ...frame, width: 321 })).rejects.toThrow(InvalidImage);
    fails = false;
    expect((await reader.read(frame)).digits[0]!.label).toBe('2');
  });
});

describe('network inputs of a frame', () => {
  const digestOf = (frames: GrayImage[]): string => {
    const find = createFrameInputs('digit');
    const hash = createHash('sha256');
    for (const frame of frames) {
      const { boxes, inputs } = find(frame);
      hash.update(JSON.stringify(boxes)).update(inputs);
    }
    return hash.digest('hex');
  };
  const frames = Array.from({ length: 24 }, (_, i) => {
    const levels = i % 2 === 0 ? DARK_ON_LIGHT : LIGHT_ON_DARK;
    const size = i % 3 === 0 ? { width: 640, height: 480 } : { width: 320 + i, height: 240 };
    const drawn = [i % 10, (3 * i + 1) % 10].map((digit, k) => ({
      digit,
      x: 30 + 110 * k + i,
      y: 40 + i,
      height: 70 + i,
    }));
    return addNoise(drawFrame(size, drawn, levels), i, i % 9);
  });

  it('are the same bits everywhere', () => {
    expect(digestOf(frames)).toMatchInlineSnapshot(
      `"52805d589de78623010e06d3d1583d7bba5efd3672a8ec47f57b2024ad82ada6"`,
    );
  });

  it('do not depend on the frames before', () => {
    const find = createFrameInputs('digit');
    frames.forEach((frame) => find(frame));
    for (const frame of frames) {
      const used = find(frame);
      const fresh = createFrameInputs('digit')(frame);
      expect(used.boxes).toEqual(fresh.boxes);
      expect(Buffer.from(used.inputs).equals(fresh.inputs)).toBe(true);
    }
  });

  it('come from frames of any size, with boxes inside the frame', () => {
    const find = createFrameInputs('digit');
    const side = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 65, max: 1300 }));
    fc.assert(
      fc.property(side, side, fc.nat(255), fc.nat(255), fc.nat(9), (width, height, ground, ink, digit) => {
        const frame = blankImage(width, height, ground);
        drawDigit(frame, { digit, x: width * 0.3, y: height * 0.2, height: Math.min(height * 0.6, width) }, ink);
        for (const { x, y, w, h } of find(frame).boxes) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(w).toBeGreaterThan(0);
          expect(h).toBeGreaterThan(0);
          expect(x + w).toBeLessThanOrEqual(width);
          expect(y + h).toBeLessThanOrEqual(height);
        }
      }),
      { numRuns: 25, seed: 41 },
    );
  });

  it.each([
    [1, 1],
    [2, 900],
    [1280, 960],
    [4096, 3],
  ])('of a frame of noise, %i×%i, never break', (width, height) => {
    const find = createFrameInputs('digit');
    expect(find(addNoise(blankImage(width, height, 128), width, 127)).count).toBeLessThanOrEqual(32);
  });

  it('find the same digit at 640×480 as at 320×240', () => {
    const find = createFrameInputs('digit');
    const small = { digit: 2, x: 100, y: 60, height: 90 };
    const large = { digit: 2, x: 200, y: 120, height: 180 };
    const [box] = find(drawFrame({ width: 640, height: 480 }, [large])).boxes;
    expect(overlap(box!, inkBox(large))).toBeGreaterThan(0.85);
    const [half] = find(drawFrame(QVGA, [small])).boxes;
    expect(overlap(half!, inkBox(small))).toBeGreaterThan(0.85);
  });
});
