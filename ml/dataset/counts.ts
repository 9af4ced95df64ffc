// How many samples there are, by source and class.

/** Source name → class name → how many. */
export type SampleCounts = Record<string, Record<string, number>>;

/** Adds to one cell, making it where it is missing. */
export function addCount(counts: SampleCounts, source: string, className: string, count = 1): void {
  const ofSource = (counts[source] ??= {});
  ofSource[className] = (ofSource[className] ?? 0) + count;
}
