// Canonical Huffman codes of DEFLATE, from lengths to symbols, in tables that are used again: nothing is allocated a code.

/** No code of DEFLATE is longer. */
export const MAX_CODE_BITS = 15;

export interface HuffmanCode {
  /** Bits that index `table`. */
  rootBits: number;
  /** By the next bits of the stream: symbol × 16 + length of its code; 0 where the code is longer, or there is none. */
  table: Uint16Array;
  /** How many codes have each length. */
  counts: Uint16Array;
  /** Symbols in the order of their codes. */
  symbols: Uint16Array;
}

/** Room for a code of up to `symbols` symbols; codes of up to `rootBits` bits (at most 9) are found in one look. */
export function createCode(symbols: number, rootBits: number): HuffmanCode {
  return {
    rootBits,
    table: new Uint16Array(1 << rootBits),
    counts: new Uint16Array(MAX_CODE_BITS + 1),
    symbols: new Uint16Array(symbols),
  };
}

/** The most `rootBits` of a code. */
const MAX_ROOT_BITS = 9;
/** Each number of nine bits read backwards: DEFLATE packs codes from their highest bit on, all else from the lowest. */
const backwards = Uint16Array.from({ length: 1 << MAX_ROOT_BITS }, (_, value) => {
  let result = 0;
  for (let bit = 0; bit < MAX_ROOT_BITS; bit++) result = (result << 1) | ((value >> bit) & 1);
  return result;
});
const nextCode = new Uint16Array(MAX_CODE_BITS + 2);
const nextPlace = new Uint16Array(MAX_CODE_BITS + 2);

/**
 * Makes `code` that of `lengths[from … from + count)`; a length of 0 is a symbol that has no code. False for what zlib
 * refuses: more codes than fit, or fewer than would fill the space, but for a single one of 1 bit or none at all.
 */
export function buildCode(code: HuffmanCode, lengths: Uint8Array, from: number, count: number): boolean {
  const { counts, symbols, table, rootBits } = code;
  const next = nextCode;
  const place = nextPlace;
  const reversed = backwards;
  counts.fill(0);
  for (let i = from; i < from + count; i++) counts[lengths[i]!]!++;
  counts[0] = 0;
  let left = 1; // codes of the present length that are still free
  let used = 0;
  let longest = 0;
  for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
    next[bits] = (next[bits - 1]! + counts[bits - 1]!) << 1;
    place[bits] = used;
    left = 2 * left - counts[bits]!;
    if (left < 0) return false;
    used += counts[bits]!;
    if (counts[bits]! > 0) longest = bits;
  }
  if (left > 0 && longest > 1) return false;
  if (left > 0 || longest > rootBits) table.fill(0);
  const size = 1 << rootBits;
  for (let symbol = 0; symbol < count; symbol++) {
    const bits = lengths[from + symbol]!;
    if (bits === 0) continue;
    symbols[place[bits]!++] = symbol;
    if (bits > rootBits) continue;
    const entry = (symbol << 4) | bits;
    const step = 1 << bits;
    const first = reversed[next[bits]!++]! >> (MAX_ROOT_BITS - bits);
    for (let at = first; at < size; at += step) table[at] = entry;
  }
  return true;
}

/** The entry, as in `table`, of a code that is longer than `rootBits` and begins the lowest bits of `stream`; 0 for none. */
export function longCode({ counts, symbols }: HuffmanCode, stream: number): number {
  let value = 0;
  let first = 0;
  let place = 0;
  for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
    value = (value << 1) | (stream & 1);
    stream >>>= 1;
    const ofLength = counts[bits]!;
    if (value - first < ofLength) return (symbols[place + value - first]! << 4) | bits;
    place += ofLength;
    first = (first + ofLength) << 1;
  }
  return 0;
}
