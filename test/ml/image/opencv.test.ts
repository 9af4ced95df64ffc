// What OpenCV 5.0 made of the synthetic pictures: digests of equalizeHist, thresholds of Otsu, bytes of resize.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createEqualizer } from '../../../ml/image/equalize.ts';
import type { GrayImage } from '../../../ml/image/gray-image.ts';
import { countLevels } from '../../../ml/image/histogram.ts';
import { otsuThreshold } from '../../../ml/image/otsu.ts';
import { resizeBilinear } from '../../../ml/image/resize.ts';
import golden from '../../fixtures/opencv-golden.json' with { type: 'json' };
import { syntheticImage } from './synthetic.ts';

const SIZES = [
  [1, 1],
  [2, 1],
  [1, 7],
  [3, 3],
  [28, 28],
  [32, 32],
  [64, 64],
  [640, 480],
  [97, 13],
] as const;
const images: GrayImage[] = [
  ...Array.from({ length: 200 }, (_, index) => syntheticImage(index)),
  ...SIZES.map(([width, height]) => syntheticImage(1000 + width * 1000 + height, width, height)),
];
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

describe('the image functions beside OpenCV', () => {
  it('equalise to the same bits', () => {
    const digests = images.map(({ pixels }) => {
      const copy = pixels.slice();
      createEqualizer(copy)();
      return digest(copy);
    });
    expect(digests).toEqual(golden.equalizeHist);
  });

  it('find the same Otsu threshold, and none in a picture of one level', () => {
    const histogram = new Int32Array(256);
    images.forEach(({ pixels }, index) => {
      countLevels(pixels, histogram);
      const isFlat = pixels.every((level) => level === pixels[0]);
      expect(otsuThreshold(histogram)).toBe(isFlat ? -1 : golden.otsu[index]);
    });
  });

  it('resize within one level', () => {
    for (const { image, pixels } of golden.resize) {
      const expected = Buffer.from(pixels, 'base64');
      const resized = resizeBilinear(images[image]!, 32, 32).pixels;
      expect(resized.reduce((most, level, i) => Math.max(most, Math.abs(level - expected[i]!)), 0)).toBeLessThanOrEqual(
        1,
      );
    }
  });
});
