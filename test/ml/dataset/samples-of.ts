// Samples made for tests: small, seeded, with groups and identical pixels where asked.

import { decodeSamples } from '../../../ml/dataset/packed-samples.ts';
import { NO_GROUP, type Sample, type Samples } from '../../../ml/dataset/samples.ts';
import { createShardWriter } from '../../../ml/dataset/shard-writer.ts';
import { createRandom } from '../../../ml/random.ts';

/** A sample whose digest is made from a number: equal numbers mean equal pixels. */
export function sampleOf(pixelsId: number, changes: Partial<Sample> = {}): Sample {
  const digest = new Uint8Array(16);
  new DataView(digest.buffer).setUint32(0, pixelsId, true);
  return {
    name: `sample ${pixelsId}`,
    image: { pixels: Uint8Array.of(pixelsId & 255), width: 1, height: 1 },
    label: 0,
    source: 0,
    group: NO_GROUP,
    splitHint: 'free',
    digest,
    ...changes,
  };
}

/** A shard of its own. */
export function packed(list: readonly Sample[]): Uint8Array {
  const shard = createShardWriter();
  for (const sample of list) shard.add(sample);
  return new Uint8Array(shard.take());
}

export const samplesOf = (list: readonly Sample[]): Samples => decodeSamples(packed(list));

/** `count` samples of random size, class, group and hint. */
export function someSamples(count: number, seed = 1): Sample[] {
  const random = createRandom(seed, count);
  return Array.from({ length: count }, (_, i) => {
    const width = 1 + random.integer(128);
    const height = 1 + random.integer(12);
    return sampleOf(i, {
      name: `set/ä${i}.png`,
      image: { pixels: Uint8Array.from({ length: width * height }, () => random.integer(256)), width, height },
      label: random.integer(11),
      source: random.integer(3),
      group: random.chance(0.5) ? random.integer(9) : NO_GROUP,
      splitHint: (['free', 'train', 'validation', 'test'] as const)[random.integer(4)]!,
      digest: Uint8Array.from({ length: 16 }, () => random.integer(256)),
    });
  });
}
