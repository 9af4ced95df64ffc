/** Equal neighbours would wait for each other's increment: a quarter of the pixels goes to each of four tables. */
const quarters = new Int32Array(4 * 256);

/** Counts the levels of `pixels` into `histogram` ([256], overwritten). */
export function countLevels(pixels: Uint8Array, histogram: Int32Array): void {
  const counts = quarters; // a module's constants are looked up each time, a function's are not
  counts.fill(0);
  const whole = pixels.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    counts[pixels[i]!]!++;
    counts[256 + pixels[i + 1]!]!++;
    counts[512 + pixels[i + 2]!]!++;
    counts[768 + pixels[i + 3]!]!++;
  }
  for (let i = whole; i < pixels.length; i++) counts[pixels[i]!]!++;
  for (let level = 0; level < 256; level++)
    histogram[level] = counts[level]! + counts[256 + level]! + counts[512 + level]! + counts[768 + level]!;
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
