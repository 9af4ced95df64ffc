/** Counts the levels of `pixels` into `histogram` ([256], overwritten). */
export function countLevels(pixels: Uint8Array, histogram: Int32Array): void {
  histogram.fill(0);
  for (let i = 0; i < pixels.length; i++) histogram[pixels[i]!]!++;
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
