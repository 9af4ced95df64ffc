// The zlib format for small pictures. Node's zlib makes and destroys a stream a call, which takes longer than to unpack
// a few hundred bytes; this reads what zlib reads, refuses what it refuses, and allocates nothing.

import { buildCode, createCode, longCode, type HuffmanCode } from './huffman.ts';

// prettier-ignore
const LENGTH_BASE = Uint16Array.of(3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258);
// prettier-ignore
const LENGTH_BITS = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0);
// prettier-ignore
const DISTANCE_BASE = Uint16Array.of(1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577);
/** The order in which the lengths of the code of lengths are stored. */
const LENGTH_ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);
const END = 256;
const MAX_LITERALS = 286;
const MAX_DISTANCES = 30;

/** Of a block's codes, and which of them are not 0. */
const lengths = new Uint8Array(MAX_LITERALS + MAX_DISTANCES);
const used = new Uint16Array(MAX_LITERALS + MAX_DISTANCES);
const lengthCode = createCode(19, 7);
const literalCode = createCode(288, 9);
const distanceCode = createCode(30, 6);
const fixedLiterals = createCode(288, 9);
const fixedDistances = createCode(32, 5);
const fixedLengths = Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
const all = Uint16Array.from({ length: 288 }, (_, i) => i);
buildCode(fixedLiterals, { lengths: fixedLengths, used: all, from: 0, to: 288, base: 0 });
buildCode(fixedDistances, { lengths: new Uint8Array(32).fill(5), used: all, from: 0, to: 32, base: 0 });

/** Larger streams take zlib long enough that its setting up does not count. */
export const MAX_INPUT_BYTES = 16 * 1024;

/** What is being read, and zeros behind it: whoever used one of them has gone past `end`. */
const input = new Uint8Array(MAX_INPUT_BYTES + 8);
const view = new DataView(input.buffer);
/** The position in `input`, in bits. */
let position = 0;
/** Bytes of `input` that count. */
let end = 0;

/**
 * Unpacks a zlib stream that gives exactly `length` bytes into `out`. False for every other stream, cut short or
 * damaged, its checksum among what is checked; then `out` has any content. Nothing beyond `length` is written, however
 * much the stream would give.
 * @param data at most `MAX_INPUT_BYTES`
 */
export function inflateInto(data: Uint8Array, out: Uint8Array, length: number): boolean {
  if (data.length < 6 || (data[0]! & 15) !== 8 || data[0]! >> 4 > 7) return false;
  if (((data[0]! << 8) | data[1]!) % 31 !== 0 || (data[1]! & 32) !== 0) return false; // 32: a dictionary is wanted
  input.set(data);
  input.fill(0, data.length, data.length + 8);
  end = data.length;
  position = 16;
  let written = 0;
  for (let last = 0; last === 0;) {
    last = take(1);
    const type = take(2);
    if (type === 0) written = copyStored(out, written, length);
    else if (type === 1) written = unpack(fixedLiterals, fixedDistances, out, written, length);
    else if (type === 2 && readCodes()) written = unpack(literalCode, distanceCode, out, written, length);
    else return false;
    if (written < 0 || position > 8 * end) return false;
  }
  const at = (position + 7) >> 3;
  return written === length && at + 4 <= end && view.getUint32(at) === adler32(out, length);
}

/** The next bits, at least 25 of them. @param at at most 8 × `end` + 32 */
const bitsAt = (bytes: DataView, at: number): number => bytes.getInt32(at >> 3, true) >>> (at & 7);

function take(bits: number): number {
  const value = bitsAt(view, position) & ((1 << bits) - 1);
  position += bits;
  return value;
}

/** A block as it is. The bytes in `out` afterwards, or -1. */
function copyStored(out: Uint8Array, written: number, length: number): number {
  const start = ((position + 7) >> 3) + 4;
  if (start > end) return -1;
  const size = view.getUint16(start - 4, true);
  if ((size ^ 0xffff) !== view.getUint16(start - 2, true)) return -1;
  if (start + size > end || written + size > length) return -1;
  out.set(input.subarray(start, start + size), written);
  position = 8 * (start + size);
  return written + size;
}

/** The codes of a block that brings its own. */
function readCodes(): boolean {
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const stored = take(4) + 4;
  if (literals > MAX_LITERALS || distances > MAX_DISTANCES || position + 3 * stored > 8 * end) return false;
  lengths.fill(0, 0, LENGTH_ORDER.length);
  for (let i = 0; i < stored; i++) lengths[LENGTH_ORDER[i]!] = take(3);
  let count = 0;
  for (let i = 0; i < LENGTH_ORDER.length; i++) if (lengths[i] !== 0) used[count++] = i;
  if (!buildCode(lengthCode, { lengths, used, from: 0, to: count, base: 0 })) return false;
  const total = readLengths(literals + distances);
  if (total < 0 || lengths[END] === 0) return false;
  let first = total; // of the distances
  while (first > 0 && used[first - 1]! >= literals) first--;
  return (
    buildCode(literalCode, { lengths, used, from: 0, to: first, base: 0 }) &&
    buildCode(distanceCode, { lengths, used, from: first, to: total, base: literals })
  );
}

/**
 * `total` lengths of codes, packed by `lengthCode`: those that are not 0 into `lengths`, their places into `used`.
 * How many they are, or -1.
 */
function readLengths(total: number): number {
  const { table } = lengthCode;
  const endBits = 8 * end;
  const bytes = view;
  const out = lengths;
  const places = used;
  let at = position;
  let count = 0;
  let previous = 0;
  out[END] = 0;
  for (let i = 0; i < total;) {
    if (at > endBits) return -1;
    let next = bitsAt(bytes, at);
    // A look gives 25 bits, a code and what belongs to it take 14 of them at most.
    for (let left = 25; left >= 14 && i < total;) {
      const entry = table[next & 127]!;
      if (entry === 0) return -1;
      const symbol = entry >> 4;
      let bits = entry & 15;
      if (symbol < 16) {
        previous = symbol;
        if (symbol > 0) {
          out[i] = symbol;
          places[count++] = i;
        }
        i++;
      } else {
        if (symbol === 16 && i === 0) return -1;
        const extra = symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
        const until = i + (symbol === 18 ? 11 : 3) + ((next >>> bits) & ((1 << extra) - 1));
        if (until > total) return -1;
        bits += extra;
        if (symbol > 16) previous = 0;
        if (previous === 0) i = until;
        else
          for (; i < until; i++) {
            out[i] = previous;
            places[count++] = i;
          }
      }
      next >>>= bits;
      left -= bits;
      at += bits;
    }
  }
  position = at;
  return count;
}

/** Entries below are of literals. */
const FIRST_OTHER = END << 4;

/** A block of codes. The bytes in `out` afterwards, or -1. */
function unpack(
  literals: HuffmanCode,
  distances: HuffmanCode,
  out: Uint8Array,
  written: number,
  length: number,
): number {
  const literalTable = literals.table;
  const literalMask = literalTable.length - 1;
  const distanceTable = distances.table;
  const distanceMask = distanceTable.length - 1;
  const endBits = 8 * end;
  const bytes = view; // a module's constants are looked up each time, a function's are not
  let at = position;
  while (at <= endBits) {
    let next = bitsAt(bytes, at);
    let entry = literalTable[next & literalMask]!;
    let bits = entry & 15;
    if (entry !== 0 && entry < FIRST_OTHER) {
      if (written === length) return -1;
      out[written++] = entry >> 4;
      at += bits;
      // What is left of the look, 16 bits, is enough for a second code and a length's bits.
      next >>>= bits;
      entry = literalTable[next & literalMask]!;
      if (entry === 0) continue;
      bits = entry & 15;
    } else if (entry === 0) {
      entry = longCode(literals, next);
      bits = entry & 15;
    }
    at += bits;
    const symbol = entry >> 4;
    if (symbol < END) {
      if (written === length || bits === 0) return -1;
      out[written++] = symbol;
      continue;
    }
    if (symbol === END) {
      position = at;
      return written;
    }
    if (symbol >= MAX_LITERALS) return -1;
    const lengthBits = LENGTH_BITS[symbol - 257]!;
    const run = LENGTH_BASE[symbol - 257]! + ((next >>> bits) & ((1 << lengthBits) - 1));
    at += lengthBits;
    if (at > endBits) return -1;

    next = bitsAt(bytes, at);
    entry = distanceTable[next & distanceMask]!;
    if (entry === 0) entry = longCode(distances, next);
    bits = entry & 15;
    const distanceSymbol = entry >> 4;
    if (bits === 0 || distanceSymbol >= MAX_DISTANCES) return -1;
    at += bits;
    const distanceBits = distanceSymbol < 2 ? 0 : (distanceSymbol >> 1) - 1;
    // The code and its extra bits may be more than one look gives.
    const more = bits + distanceBits > 25 ? bitsAt(bytes, at) : next >>> bits;
    const distance = DISTANCE_BASE[distanceSymbol]! + (more & ((1 << distanceBits) - 1));
    at += distanceBits;

    const until = written + run;
    if (distance > written || until > length) return -1;
    if (distance === 1) {
      const repeated = out[written - 1]!;
      while (written < until) out[written++] = repeated;
    } else for (; written < until; written++) out[written] = out[written - distance]!;
  }
  return -1;
}

const ADLER_BASE = 65_521;
/** As many bytes as can be summed before the sums leave 31 bits. */
const ADLER_RUN = 3_800;

function adler32(bytes: Uint8Array, length: number): number {
  let low = 1;
  let high = 0;
  for (let i = 0; i < length;) {
    const until = Math.min(i + ADLER_RUN, length);
    for (; i + 4 <= until; i += 4) {
      const one = bytes[i]!;
      const two = bytes[i + 1]!;
      const three = bytes[i + 2]!;
      const four = bytes[i + 3]!;
      high += 4 * (low + one) + 3 * two + 2 * three + four;
      low += one + two + three + four;
    }
    for (; i < until; i++) {
      low += bytes[i]!;
      high += low;
    }
    low %= ADLER_BASE;
    high %= ADLER_BASE;
  }
  return high * 65_536 + low;
}
