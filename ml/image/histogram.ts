// Equal neighbours would wait for each other's increment: a quarter of the pixels goes to each of four tables.
const second = new Int32Array(256);
const third = new Int32Array(256);
const fourth = new Int32Array(256);

/** Counts the levels of `pixels` into `histogram` ([256], overwritten). */
export function countLevels(pixels: Uint8Array, histogram: Int32Array): void {
  histogram.fill(0);
  second.fill(0);
  third.fill(0);
  fourth.fill(0);
  const whole = pixels.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    histogram[pixels[i]!]!++;
    second[pixels[i + 1]!]!++;
    third[pixels[i + 2]!]!++;
    fourth[pixels[i + 3]!]!++;
  }
  for (let i = whole; i < pixels.length; i++) histogram[pixels[i]!]!++;
  for (let level = 0; level < 256; level++) histogram[level]! += second[level]! + third[level]! + fourth[level]!;
}

/** The smallest level from `low` to `high` at or below which lie at least `share` of the pixels of those levels. */
export function quantile(histogram: Int32Array, low: number, high: number, share: number): number {
  let total = 0;
  for (let level = low; level <= high; level++) total += histogram[level]!;
  const wanted = share * total;
  let seen = 0;
  for (let level = low; level < high; level++) {
    seen += histogram[level]!;
    if (seen >= wanted && seen > 0) return level;
  }
  return high;
}
