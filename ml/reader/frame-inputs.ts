// What a frame gives a network: the boxes that may hold digits and their network inputs. The same bytes in the server and
// in a browser.

import { checkImage, type GrayImage } from '../image/gray-image.ts';
import { createNetworkInput, INPUT_BYTES, type Preprocessing } from '../image/network-input.ts';
import { isThin, MOST_CANDIDATES } from './candidates.ts';
import { createCropper } from './crop.ts';
import type { Box, ReadMode } from './frame-reading.ts';
import { createLocator } from './locate.ts';

export interface FrameInputs {
  count: number;
  /** [count] in pixels of the frame. */
  boxes: Box[];
  /** [count] whether a part is drawn so thin for its size that it may as well be a cable. */
  thin: boolean[];
  /** [count, 32, 32] bytes; overwritten by the next frame. */
  inputs: Uint8Array;
  /** [count] what was preprocessed, where asked for. */
  crops: GrayImage[];
}

export interface FrameInputsOptions {
  /** @default 'find' */
  mode?: ReadMode | undefined;
  /** @default false */
  crops?: boolean | undefined;
}

/** @throws InvalidImage */
export type PrepareFrame = (frame: GrayImage, options?: FrameInputsOptions) => FrameInputs;

/** A function with buffers of its own (some 700 kB): one frame at a time. */
export function createFrameInputs(preprocessing: Preprocessing): PrepareFrame {
  const locate = createLocator();
  const cut = createCropper();
  const writeInput = createNetworkInput(preprocessing);
  const inputs = new Uint8Array(MOST_CANDIDATES * INPUT_BYTES);
  return (frame, { mode = 'find', crops = false } = {}) => {
    checkImage(frame.pixels, frame.width, frame.height);
    const found: FrameInputs = { count: 0, boxes: [], thin: [], inputs, crops: [] };
    if (mode === 'whole') {
      writeInput(frame.pixels, frame.width, frame.height, inputs, 0);
      found.boxes.push({ x: 0, y: 0, w: frame.width, h: frame.height });
      found.thin.push(false);
      if (crops) found.crops.push({ ...frame, pixels: frame.pixels.slice() });
    } else {
      const { picture, count, entries } = locate(frame);
      for (let i = 0; i < count; i++) {
        const candidate = entries[i]!;
        const crop = cut(frame, picture, candidate);
        writeInput(crop.pixels, crop.width, crop.height, inputs, i * INPUT_BYTES);
        found.boxes.push(boxOf(candidate, picture.scale, frame));
        found.thin.push(isThin(candidate, picture));
        if (crops) found.crops.push({ ...crop, pixels: crop.pixels.slice() });
      }
    }
    found.count = found.boxes.length;
    found.inputs = inputs.subarray(0, found.count * INPUT_BYTES);
    return found;
  };
}

function boxOf(
  { left, top, right, bottom }: { left: number; top: number; right: number; bottom: number },
  scale: number,
  { width, height }: GrayImage,
): Box {
  const x = left * scale;
  const y = top * scale;
  return { x, y, w: Math.min(width, right * scale) - x, h: Math.min(height, bottom * scale) - y };
}
