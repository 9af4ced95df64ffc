// Augmented samples a second on one core, by preset, and what masters and network inputs cost.

import { createAugmenter } from '../ml/augment/augmenter.ts';
import { createMasterMaker } from '../ml/augment/master.ts';
import type { AugmentPreset } from '../ml/augment/presets.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';
import { createNetworkInput, INPUT_BYTES } from '../ml/image/network-input.ts';
import type { Preprocessing } from '../ml/image/network-input.ts';
import { drawDigits } from './digits.ts';
import { compare, report } from './harness.ts';
import type { Variant } from './harness.ts';

const images = drawDigits(400, 64);
const small = drawDigits(400, 28);
const out = new Uint8Array(images.length * INPUT_BYTES);

function augmentation(preset: AugmentPreset, preprocessing: Preprocessing): Variant {
  const make = createMasterMaker({ preset, preprocessing });
  const masters = images.map((image) => make(image, 'typeface'));
  const augmenter = createAugmenter({ preset, preprocessing, seed: 1 });
  let variant = 0;
  return {
    name: `augment ${preset}, ${preprocessing}`,
    run() {
      variant++;
      for (let pass = 0; pass < 4; pass++)
        masters.forEach((master, index) => {
          augmenter.augment(master, 'typeface', index, 4 * variant + pass, out, index * INPUT_BYTES);
        });
      return 4 * masters.length;
    },
  };
}

function inputs(preprocessing: Preprocessing, pictures: GrayImage[], size: string): Variant {
  const write = createNetworkInput(preprocessing);
  return {
    name: `network input ${preprocessing}, ${size}`,
    run() {
      pictures.forEach(({ pixels, width, height }, index) => {
        write(pixels, width, height, out, index * INPUT_BYTES);
      });
      return pictures.length;
    },
  };
}

function masters(): Variant {
  const make = createMasterMaker({ preset: 'camera', preprocessing: 'digit' });
  let ink = 0;
  return {
    name: 'camera master with skeleton',
    run() {
      for (const image of images) ink += make(image, 'typeface').pixels[2048]!;
      return ink >= 0 ? images.length : 0;
    },
  };
}

const figures = compare({
  variants: [
    augmentation('camera', 'digit'),
    augmentation('camera', 'reference'),
    augmentation('reference', 'digit'),
    inputs('digit', images, '64×64'),
    inputs('digit', small, '28×28'),
    inputs('reference', small, '28×28'),
    masters(),
  ],
  rounds: 15,
});
report({ topic: 'augment', figures });
