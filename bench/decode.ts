// PNGs a second on one core: our decoder on small gray files, then with the network input that follows.

import { decodePng, encodePng } from '../ml/codecs/png.ts';
import { createNetworkInput, INPUT_BYTES } from '../ml/image/network-input.ts';
import type { Preprocessing } from '../ml/image/network-input.ts';
import { drawDigits } from './digits.ts';
import { compare, report } from './harness.ts';
import type { Variant } from './harness.ts';

const filesOf = (side: number): Uint8Array[] => drawDigits(500, side).map((image) => encodePng(image));
const out = new Uint8Array(INPUT_BYTES);

function decoding(side: number): Variant {
  const files = filesOf(side);
  let sum = 0;
  return {
    name: `decode ${side}×${side}`,
    run() {
      for (const file of files) sum += decodePng(file).pixels[0]!;
      return sum >= 0 ? files.length : 0;
    },
  };
}

function reading(side: number, preprocessing: Preprocessing): Variant {
  const files = filesOf(side);
  const write = createNetworkInput(preprocessing);
  return {
    name: `decode ${side}×${side} → network input ${preprocessing}`,
    run() {
      for (const file of files) {
        const { pixels, width, height } = decodePng(file);
        write(pixels, width, height, out, 0);
      }
      return files.length;
    },
  };
}

report({
  topic: 'decode',
  figures: compare({
    variants: [decoding(28), decoding(32), decoding(128), reading(28, 'digit'), reading(28, 'reference')],
  }),
});
