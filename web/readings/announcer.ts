// What a screen reader is told: a reading once it stands, and not again until another one has stood.

/** A reading must stand for this long: between two digits held up lie many frames of nothing. */
export const STANDS_MS = 600;

/** @param text the stable reading, '' for none. @returns what to say now, undefined for silence */
export type Announce = (text: string, nowMs: number) => string | undefined;

export function createAnnounce(): Announce {
  let candidate = '';
  let sinceMs = 0;
  let said = '';
  return (text, nowMs) => {
    if (text !== candidate) {
      candidate = text;
      sinceMs = nowMs;
    }
    if (text === said || nowMs - sinceMs < STANDS_MS) return undefined;
    said = text;
    return text === '' ? 'No digit' : `Reads ${text}`;
  };
}
