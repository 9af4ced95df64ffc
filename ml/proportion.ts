// A share with the interval it could well be: what a test set of this size can tell, and what it can't.

// The 97.5 % point of the standard normal distribution: intervals of 95 %.
export const Z = 1.959963984540054;

export interface Proportion {
  count: number;
  /** Of how many; at least 1. */
  of: number;
  /** count / of, 0–1. */
  value: number;
  /** Ends of the 95 % interval, 0–1. */
  low: number;
  high: number;
}

/**
 * A share with its 95 % interval (Wilson: "Probable inference, the law of succession, and statistical inference",
 * JASA 1927): unlike the textbook's ± it stays inside 0–1 and doesn't shrink to nothing at 100 %.
 * @returns null when `of` is 0: a share of nothing is no number
 */
export function proportionOf(count: number, of: number): Proportion | null {
  if (of === 0) return null;
  const value = count / of;
  const square = Z * Z;
  const centre = value + square / (2 * of);
  const spread = Z * Math.sqrt((value * (1 - value)) / of + square / (4 * of * of));
  const scale = 1 + square / of;
  return {
    count,
    of,
    value,
    low: count === 0 ? 0 : Math.max(0, (centre - spread) / scale),
    high: count === of ? 1 : Math.min(1, (centre + spread) / scale),
  };
}
