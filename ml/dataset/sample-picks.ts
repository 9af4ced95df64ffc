// A few samples of each class that stand for all: those with the smallest pixel digests. As good as chosen by chance, the same
// for every order and packing, and no picture twice.

import type { GrayImage } from '../image/gray-image.ts';
import { digestText } from './same-pixels.ts';
import { imageOf, type Samples } from './samples.ts';

interface Pick {
  digest: string;
  image: GrayImage;
}

export interface SamplePicks {
  /** The next shard of the dataset. */
  add(samples: Samples): void;
  /** Of one class, in the order of digests. */
  of(label: number): GrayImage[];
}

/** @param perClass at most so many of each class */
export function pickSamples(perClass: number): SamplePicks {
  const picks = new Map<number, Pick[]>();
  return {
    add(samples) {
      for (let i = 0; i < samples.count; i++) {
        const label = samples.labels[i]!;
        const digest = digestText(samples.digests, i);
        const chosen = picks.get(label) ?? [];
        picks.set(label, chosen);
        const at = placeOf(chosen, digest);
        if (at === perClass || chosen[at]?.digest === digest) continue;
        const { pixels, width, height } = imageOf(samples, i);
        chosen.splice(at, 0, { digest, image: { pixels: pixels.slice(), width, height } });
        if (chosen.length > perClass) chosen.pop();
      }
    },
    of: (label) => (picks.get(label) ?? []).map(({ image }) => image),
  };
}

/** The first place whose digest is not smaller: a few dozen are looked through faster than they are halved. */
function placeOf(chosen: readonly Pick[], digest: string): number {
  const at = chosen.findIndex((each) => each.digest >= digest);
  return at < 0 ? chosen.length : at;
}
