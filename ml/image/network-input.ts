// The only way from a picture to what a network is fed, in training, serving and the page. Runtimes divide the bytes
// by 255 and do nothing else.

import { checkImage, InvalidImage } from './gray-image.ts';
import { createDigitPreprocessor, INPUT_SIDE } from './preprocess-digit.ts';
import { createReferencePreprocessor } from './preprocess-reference.ts';

export type Preprocessing = 'digit' | 'reference';

/** Bytes of a network input: 32×32. */
export const INPUT_BYTES = INPUT_SIDE * INPUT_SIDE;

/** Writes the network input of `gray` ([height, width], any sides from 1 to 4096) to `out` at `offset`. */
export type WriteNetworkInput = (
  gray: Uint8Array,
  width: number,
  height: number,
  out: Uint8Array,
  offset: number,
) => void;

/**
 * A function with buffers of its own that writes network inputs: the bytes of `toNetworkInput` without its allocation.
 * @throws InvalidImage (from the function) for wrong sides, a wrong number of bytes, or no room in `out`
 */
export function createNetworkInput(preprocessing: Preprocessing): WriteNetworkInput {
  const write = preprocessing === 'digit' ? createDigitPreprocessor() : createReferencePreprocessor();
  return (gray, width, height, out, offset) => {
    checkImage(gray, width, height);
    if (!(offset >= 0 && offset + INPUT_BYTES <= out.length))
      throw new InvalidImage(`output: expected room for ${INPUT_BYTES} bytes at ${offset}, got ${out.length} bytes`);
    write(gray, width, height, out, offset);
  };
}

const writers: Partial<Record<Preprocessing, WriteNetworkInput>> = {};

/**
 * The network input of a gray picture: 1,024 bytes, [32, 32]. Rounding to a byte is part of it. A blank picture gives
 * zeros.
 * @param gray [height, width] bytes
 * @throws InvalidImage for sides outside 1 … 4096 or a wrong number of bytes
 */
export function toNetworkInput(
  gray: Uint8Array,
  width: number,
  height: number,
  preprocessing: Preprocessing,
): Uint8Array {
  const write = (writers[preprocessing] ??= createNetworkInput(preprocessing));
  const out = new Uint8Array(INPUT_BYTES);
  write(gray, width, height, out, 0);
  return out;
}
