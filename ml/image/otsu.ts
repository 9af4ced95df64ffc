/**
 * The level that parts a picture's pixels best into dark (≤ level) and bright (> level): the one with the greatest
 * variance between the two classes; the lowest of equals. −1 when there is only one level. Method: Otsu, "A threshold
 * selection method from gray-level histograms", IEEE SMC 1979.
 * @param histogram [256] counts
 */
export function otsuThreshold(histogram: Int32Array): number {
  let count = 0;
  let sum = 0;
  for (let level = 0; level < 256; level++) {
    count += histogram[level]!;
    sum += level * histogram[level]!;
  }
  let best = -1;
  let bestVariance = 0;
  let darkCount = 0;
  let darkSum = 0;
  for (let level = 0; level < 255; level++) {
    const here = histogram[level]!;
    if (here === 0) continue;
    darkCount += here;
    darkSum += level * here;
    if (darkCount === count) break;
    const difference = darkSum * count - sum * darkCount;
    const variance = ((difference / darkCount) * difference) / (count - darkCount);
    if (variance > bestVariance) {
      bestVariance = variance;
      best = level;
    }
  }
  return best;
}
