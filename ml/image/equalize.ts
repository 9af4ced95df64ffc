// Histogram equalisation, bit-identical to OpenCV's `equalizeHist`, four pixels at a time: digits are mostly paper, and
// four pixels that equal the four before them are counted and looked up with one comparison.

const histogram = new Int32Array(256);
const table = new Uint8Array(256);

/**
 * A function that equalises what is in `pixels`, in place. It leaves a picture of one level as it is, and returns false.
 * @param pixels begins at a multiple of four bytes of its buffer
 */
export function createEqualizer(pixels: Uint8Array): () => boolean {
  const words = new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length >> 2);
  const rest = pixels.subarray(words.length * 4);
  return () => {
    const counts = histogram; // a module's constants are looked up each time, a function's are not
    const levels = table;
    counts.fill(0);
    countWords(words, counts);
    for (let i = 0; i < rest.length; i++) counts[rest[i]!]!++;
    if (!fillTable(counts, pixels.length, levels)) return false;
    replaceWords(words, levels);
    for (let i = 0; i < rest.length; i++) rest[i] = levels[rest[i]!]!;
    return true;
  };
}

function countWords(words: Int32Array, counts: Int32Array): void {
  let last = 0;
  let same = 0; // words that equal `last` and are not yet counted
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === last) same++;
    else {
      addWord(counts, last, same);
      last = word;
      same = 1;
    }
  }
  addWord(counts, last, same);
}

function addWord(counts: Int32Array, word: number, times: number): void {
  counts[word & 255]! += times;
  counts[(word >>> 8) & 255]! += times;
  counts[(word >>> 16) & 255]! += times;
  counts[word >>> 24]! += times;
}

/** OpenCV computes in float32: without `Math.fround` some levels differ by one. False for a picture of one level. */
function fillTable(counts: Int32Array, pixels: number, levels: Uint8Array): boolean {
  let level = 0;
  while (level < 255 && counts[level] === 0) level++;
  const others = pixels - counts[level]!;
  if (others === 0) return false;
  const scale = Math.fround(255 / others);
  levels[level] = 0;
  let seen = 0;
  for (level++; level < 256; level++) {
    const count = counts[level]!;
    if (count === 0) continue; // no pixel asks for it
    seen += count;
    levels[level] = Math.min(255, roundHalfEven(Math.fround(Math.fround(seen) * scale)));
  }
  return true;
}

/** Rounds a non-negative number to the nearest integer, halves to the even one, as OpenCV's cvRound does. */
function roundHalfEven(value: number): number {
  const nearest = (value + 0.5) | 0;
  return nearest - value === 0.5 && (nearest & 1) === 1 ? nearest - 1 : nearest;
}

function replaceWords(words: Int32Array, levels: Uint8Array): void {
  let last = 0;
  let replaced = levelsOf(0, levels);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word !== last) {
      last = word;
      replaced = levelsOf(word, levels);
    }
    words[i] = replaced;
  }
}

const levelsOf = (word: number, levels: Uint8Array): number =>
  levels[word & 255]! |
  (levels[(word >>> 8) & 255]! << 8) |
  (levels[(word >>> 16) & 255]! << 16) |
  (levels[word >>> 24]! << 24);
