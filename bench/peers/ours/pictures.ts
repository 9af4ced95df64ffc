// Our side of augmentation, one thread: CPU seconds a picture.

import { createAugmenter } from '../../../ml/augment/augmenter.ts';
import { createMasterMaker } from '../../../ml/augment/master.ts';
import { decodePng } from '../../../ml/codecs/png.ts';
import { INPUT_BYTES } from '../../../ml/image/network-input.ts';
import { createRandom } from '../../../ml/random.ts';

const PRESET = { preset: 'reference', preprocessing: 'reference' } as const;
/** Pictures of one measurement of augmentation. */
const AUGMENTED = 30_000;

export interface Pictures {
  /** The reference's augmentation of network inputs. */
  generate(): number;
  /** Writes `count` augmented inputs and their labels, others at each call. */
  fill(images: Uint8Array, labels: Int32Array, count: number): void;
}

export function openPictures(files: readonly Uint8Array[], labels: Int32Array): Pictures {
  const input = new Uint8Array(INPUT_BYTES);
  const make = createMasterMaker(PRESET);
  const masters = files.map((file) => make(decodePng(file), 'typeface'));
  const augmenter = createAugmenter({ ...PRESET, seed: 1 });
  let made = 0;
  const augmentNext = (out: Uint8Array, offset: number): number => {
    const sample = made % masters.length;
    augmenter.augment(masters[sample]!, 'typeface', sample, Math.floor(made / masters.length), out, offset);
    made++;
    return sample;
  };
  const order = createRandom(1);
  return {
    generate: () =>
      cpuSeconds(() => {
        for (let i = 0; i < AUGMENTED; i++) augmentNext(input, 0);
      }) / AUGMENTED,
    fill(images, batchLabels, count) {
      for (let i = 0; i < count; i++) {
        made += order.integer(masters.length); // a batch has all classes
        batchLabels[i] = labels[augmentNext(images, i * INPUT_BYTES)]!;
      }
    },
  };
}

function cpuSeconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
