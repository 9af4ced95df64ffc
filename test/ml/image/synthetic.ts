// Pictures for tests, drawn from a seed: strokes of a few kinds on a ground, with contrast, gradient and noise.

import { createRandom } from '../../../ml/random.ts';
import type { Random } from '../../../ml/random.ts';
import type { GrayImage } from '../../../ml/image/gray-image.ts';

const PURPOSE = 0x7e57;

/** Picture `index` of the fixed set: other sides, stroke widths, levels and noise for every index. */
export function syntheticImage(index: number, width?: number, height?: number): GrayImage {
  const random = createRandom(2026, PURPOSE, index);
  const image = {
    width: width ?? 8 + random.integer(93),
    height: height ?? 8 + random.integer(93),
  };
  const ground = random.integer(256);
  const ink = ground < 128 ? ground + 40 + random.integer(216 - ground) : random.integer(ground - 39);
  const noise = random.chance(0.5) ? random.between(0, 12) : 0;
  const slope = random.between(-20, 20);
  const side = Math.min(image.width, image.height);
  const strokes = Array.from({ length: 1 + random.integer(3) }, () => drawStroke(random, image, side));
  const pixels = new Uint8Array(image.width * image.height);
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++) {
      const cover = strokes.reduce((most, stroke) => Math.max(most, stroke(x, y)), 0);
      const level = ground + (ink - ground) * cover + (slope * x) / image.width + noise * (random.uniform() - 0.5);
      pixels[y * image.width + x] = Math.min(255, Math.max(0, Math.round(level)));
    }
  return { pixels, ...image };
}

/** A straight stroke with soft edges: how much of it covers a pixel. */
function drawStroke(random: Random, image: { width: number; height: number }, side: number) {
  const point = (): [number, number] => [
    random.between(0.15, 0.85) * image.width,
    random.between(0.15, 0.85) * image.height,
  ];
  const [x0, y0] = point();
  const [x1, y1] = point();
  const radius = random.between(0.02, 0.12) * side + 0.4;
  const squared = (x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0) + 1e-9;
  return (x: number, y: number): number => {
    const along = Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / squared));
    const dx = x - x0 - along * (x1 - x0);
    const dy = y - y0 - along * (y1 - y0);
    return Math.min(1, Math.max(0, radius + 0.5 - Math.sqrt(dx * dx + dy * dy)));
  };
}
