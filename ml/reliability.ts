// Does a probability of 0.9 mean nine out of ten? Confidence against accuracy, and one number for the gap between them.

export const RELIABILITY_BINS = 15;

/** The samples whose largest probability falls into one of 15 equal parts of 0–1. */
export interface ReliabilityBin {
  /** Ends of the part: low < confidence ≤ high. */
  low: number;
  high: number;
  count: number;
  /** Mean of the largest probabilities, 0–1; 0 when the bin is empty. */
  confidence: number;
  /** Share that was right, 0–1; 0 when the bin is empty. */
  accuracy: number;
}

export interface ReliabilityCounter {
  /** @param confidence the largest probability of a sample, 0–1 */
  add(confidence: number, right: boolean): void;
  bins(): ReliabilityBin[];
  /** Expected calibration error, 0–1; 0 when nothing was added. */
  error(): number;
}

/** Counts samples into bins (Guo, Pleiss, Sun, Weinberger: "On calibration of modern neural networks", ICML 2017). */
export function createReliabilityCounter(): ReliabilityCounter {
  const counts = new Float64Array(RELIABILITY_BINS);
  const confidences = new Float64Array(RELIABILITY_BINS);
  const rights = new Float64Array(RELIABILITY_BINS);
  return {
    add(confidence, right) {
      const bin = Math.min(RELIABILITY_BINS - 1, Math.max(0, Math.ceil(confidence * RELIABILITY_BINS) - 1));
      counts[bin]! += 1;
      confidences[bin]! += confidence;
      if (right) rights[bin]! += 1;
    },
    bins: () =>
      Array.from(counts, (count, bin) => ({
        low: bin / RELIABILITY_BINS,
        high: (bin + 1) / RELIABILITY_BINS,
        count,
        confidence: count > 0 ? confidences[bin]! / count : 0,
        accuracy: count > 0 ? rights[bin]! / count : 0,
      })),
    error() {
      let total = 0;
      let gap = 0;
      for (let bin = 0; bin < RELIABILITY_BINS; bin++) {
        total += counts[bin]!;
        gap += Math.abs(rights[bin]! - confidences[bin]!);
      }
      return total > 0 ? gap / total : 0;
    },
  };
}
