// Canonical Huffman codes of DEFLATE, from lengths to symbols, in tables that are used again: nothing is allocated a code.

/** No code of DEFLATE is longer. */
export const MAX_CODE_BITS = 15;

export interface HuffmanCode {
  /** Bits that index `table`. */
  rootBits: number;
  /** By the next bits of the stream: symbol × 16 + length of its code; 0 where the code is longer, or there is none. */
  table: Uint16Array;
  /** The same memory, two entries at once. */
  pairs: Uint32Array;
  /** How many codes have each length. */
  counts: Uint16Array;
  /** Symbols in the order of their codes. */
  symbols: Uint16Array;
}

/** Room for a code of up to `symbols` symbols; codes of up to `rootBits` bits (at most 9) are found in one look. */
export function createCode(symbols: number, rootBits: number): HuffmanCode {
  const table = new Uint16Array(1 << rootBits);
  return {
    rootBits,
    table,
    pairs: new Uint32Array(table.buffer),
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
const nextPlace = new Uint16Array(MAX_CODE_BITS + 2);

/** Which lengths of codes make a code: those at the places `used[from … to)`. The symbol is the place minus `base`. */
export interface CodeLengths {
  lengths: Uint8Array;
  /** Places in `lengths`, ascending, of the symbols that have a code: most of an alphabet have none. */
  used: Uint16Array;
  from: number;
  to: number;
  base: number;
}

/**
 * Makes `code` that of the given lengths, each from 1 to 15. False for what zlib refuses: more codes than fit, or fewer
 * than would fill the space, but for a single one of 1 bit or none at all.
 */
export function buildCode(code: HuffmanCode, { lengths, used, from, to, base }: CodeLengths): boolean {
  const { counts, symbols } = code;
  const place = nextPlace;
  counts.fill(0);
  for (let i = from; i < to; i++) counts[lengths[used[i]!]!]!++;
  let left = 1; // codes of the present length that are still free
  let before = 0;
  let longest = 0;
  for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
    const ofLength = counts[bits]!;
    place[bits] = before;
    left = 2 * left - ofLength;
    if (left < 0) return false;
    before += ofLength;
    if (ofLength > 0) longest = bits;
  }
  if (left > 0 && longest > 1) return false;
  for (let i = from; i < to; i++) {
    const at = used[i]!;
    symbols[place[lengths[at]!]!++] = at - base;
  }
  fillTable(code);
  return true;
}

/** From the shortest codes on: a code is the same whatever bits follow, so each further bit doubles what is there. */
function fillTable({ table, pairs, counts, symbols, rootBits }: HuffmanCode): void {
  const reversed = backwards;
  table[0] = 0;
  let value = 0; // the next code
  let next = 0; // its symbol's place
  for (let bits = 1; bits <= rootBits; bits++) {
    const half = 1 << (bits - 1);
    if (half === 1) table[1] = table[0]!;
    else for (let i = 0, to = half >> 1; i < half >> 1; i++) pairs[to + i] = pairs[i]!;
    value <<= 1;
    for (const until = next + counts[bits]!; next < until; next++, value++)
      table[reversed[value]! >> (MAX_ROOT_BITS - bits)] = (symbols[next]! << 4) | bits;
  }
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
