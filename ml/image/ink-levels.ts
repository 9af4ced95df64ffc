import { countLevels, quantile } from './histogram.ts';
import { otsuThreshold } from './otsu.ts';

/** Contrasts below this many levels are noise: the picture is blank. */
const MIN_CONTRAST = 8;
/** A few pixels brighter (or darker) than the stroke must not set the scale: ink is this quantile of its class. */
const INK_QUANTILE = 0.8;

export interface InkLevels {
  blank: boolean;
  /** Level of the background. */
  ground: number;
  /** Level of a full stroke: above `ground` for bright ink, below for dark ink. */
  ink: number;
  /** [256] level → how much ink, 0 … 255. All zero when blank. */
  table: Uint8Array;
}

/**
 * A function that finds a picture's background and ink: Otsu's classes; the background is the class most of the border
 * belongs to (of equals, the larger class), its level the class's median; ink is the other class's 80th percentile
 * away from the background. The returned object is reused by the next call.
 */
export function createInkMeter(): (pixels: Uint8Array, width: number, height: number) => InkLevels {
  const histogram = new Int32Array(256);
  const levels: InkLevels = { blank: true, ground: 0, ink: 0, table: new Uint8Array(256) };
  return (pixels, width, height) => {
    countLevels(pixels, histogram);
    const threshold = otsuThreshold(histogram);
    if (threshold < 0) return becomeBlank(levels);
    const brightInk = isGroundDark(pixels, width, height, threshold, histogram);
    levels.ground = brightInk ? quantile(histogram, 0, threshold, 0.5) : quantile(histogram, threshold + 1, 255, 0.5);
    levels.ink = brightInk
      ? quantile(histogram, threshold + 1, 255, INK_QUANTILE)
      : quantile(histogram, 0, threshold, 1 - INK_QUANTILE);
    if (Math.abs(levels.ink - levels.ground) < MIN_CONTRAST) return becomeBlank(levels);
    levels.blank = false;
    fillTable(levels);
    return levels;
  };
}

function becomeBlank(levels: InkLevels): InkLevels {
  levels.blank = true;
  levels.table.fill(0);
  return levels;
}

function isGroundDark(
  pixels: Uint8Array,
  width: number,
  height: number,
  threshold: number,
  histogram: Int32Array,
): boolean {
  let bright = 0;
  let total = 0;
  const last = (height - 1) * width;
  for (let x = 0; x < width; x++) {
    if (pixels[x]! > threshold) bright++;
    if (pixels[last + x]! > threshold) bright++;
  }
  for (let row = width; row < last; row += width) {
    if (pixels[row]! > threshold) bright++;
    if (pixels[row + width - 1]! > threshold) bright++;
  }
  total = 2 * width + 2 * Math.max(0, height - 2);
  if (2 * bright !== total) return 2 * bright < total;
  let dark = 0;
  for (let level = 0; level <= threshold; level++) dark += histogram[level]!;
  return 2 * dark >= pixels.length;
}

function fillTable(levels: InkLevels): void {
  const { ground, ink, table } = levels;
  for (let level = 0; level < 256; level++)
    table[level] = Math.min(255, Math.max(0, Math.floor((255 * (level - ground)) / (ink - ground) + 0.5)));
}
