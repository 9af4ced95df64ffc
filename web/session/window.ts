// Figures of the last seconds: how many a second, and which share was how fast.

export interface Window {
  add(nowMs: number, value?: number): void;
  perSecond(nowMs: number): number;
  /** The value that `share` (0–1) of the window lies at or under; undefined while it is empty. */
  quantile(share: number, nowMs: number): number | undefined;
  clear(): void;
}

/** @param spanMs how far back it looks */
export function createWindow(spanMs: number): Window {
  let entries: { atMs: number; value: number }[] = [];
  let sinceMs: number | undefined;
  const forget = (nowMs: number): void => {
    const first = entries.findIndex(({ atMs }) => atMs > nowMs - spanMs);
    entries = first < 0 ? [] : entries.slice(first);
  };
  return {
    add(nowMs, value = 0) {
      sinceMs ??= nowMs;
      forget(nowMs);
      entries.push({ atMs: nowMs, value });
    },
    perSecond(nowMs) {
      forget(nowMs);
      // Right after the start a second has not passed yet: what there is must not count as a whole window's worth.
      const watchedMs = Math.min(spanMs, Math.max(nowMs - (sinceMs ?? nowMs), 1_000));
      return (entries.length * 1_000) / watchedMs;
    },
    quantile(share, nowMs) {
      forget(nowMs);
      const sorted = entries.map(({ value }) => value).sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    },
    clear() {
      entries = [];
      sinceMs = undefined;
    },
  };
}
