// One Ctrl-C arrives twice under npm: from the terminal, and passed on by npm. Only a later one is a person's second.

const DOUBLED_WITHIN_MS = 1_000;

/** @returns whether a signal that arrives now is an echo of the one before */
export function createEchoFilter(now: () => number = () => performance.now()): () => boolean {
  let last = -Infinity;
  return () => {
    const sinceMs = now() - last;
    last = now();
    return sinceMs < DOUBLED_WITHIN_MS;
  };
}
