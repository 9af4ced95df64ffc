// What a 320×240 frame costs before the network: looking for digits (locate), and with the network inputs of what was
// found, for frames without digits, with one, with ten, and on ruled paper.

import { createFrameInputs } from '../ml/reader/frame-inputs.ts';
import { createLocator } from '../ml/reader/locate.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';
import { drawFrames } from './frames.ts';
import { compare, report } from './harness.ts';
import type { Variant } from './harness.ts';

const FRAMES = 24;
const SIZE = { width: 320, height: 240 };
const RULE = { first: 20, pitch: 24, thickness: 2, level: 160 };

const kinds = {
  blank: drawFrames(FRAMES, { ...SIZE, digits: 0 }),
  'one digit': drawFrames(FRAMES, { ...SIZE, digits: 1 }),
  'ten digits': drawFrames(FRAMES, { ...SIZE, digits: 10 }),
  'one digit on ruled paper': drawFrames(FRAMES, { ...SIZE, digits: 1 }).map(ruled),
};

/** Lines across the whole frame, fainter than the ink, which stays in front of them. */
function ruled({ pixels, width, height }: GrayImage): GrayImage {
  for (let y = RULE.first; y < height; y++)
    if ((y - RULE.first) % RULE.pitch < RULE.thickness)
      for (let i = y * width; i < (y + 1) * width; i++) pixels[i] = Math.min(pixels[i]!, RULE.level);
  return { pixels, width, height };
}

function variant(name: string, frames: GrayImage[], read: (frame: GrayImage) => { count: number }): Variant {
  return {
    name,
    run() {
      let found = 0;
      for (let pass = 0; pass < 4; pass++) for (const frame of frames) found += read(frame).count;
      return found >= 0 ? 4 * frames.length : 0;
    },
  };
}

const locate = createLocator();
const frameInputs = createFrameInputs('digit');
const entries = Object.entries(kinds);
const found = Object.fromEntries(
  entries.map(([kind, frames]) => [kind, frames.reduce((sum, frame) => sum + locate(frame).count, 0) / frames.length]),
);
const figures = compare({
  variants: entries.flatMap(([kind, frames]) => [
    variant(`locate, ${kind}`, frames, locate),
    variant(`locate and inputs, ${kind}`, frames, frameInputs),
  ]),
  rounds: 15,
});
report({ topic: 'frame', figures, extra: { candidatesAFrame: found } });
