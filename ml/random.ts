// A counter-based generator: a value depends on (seed, stream, position) and on nothing else, so any part of the work
// can be made anywhere, in any order, and resumed, with the same bits. Method: Philox4x32-10 (Salmon, Moraes, Dror,
// Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

import { cos, log, sin } from './math.ts';

const MULTIPLIER_A = 0xd2511f53;
const MULTIPLIER_B = 0xcd9e8d57;
const WEYL_A = 0x9e3779b9;
const WEYL_B = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit integers; every partial sum fits into 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const cross = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (cross >>> 16)) | 0;
}

/** One block of Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key, written to `out`. */
export function philox(counter: Uint32Array, key: Uint32Array, out: Uint32Array): void {
  let c0 = counter[0]! | 0;
  let c1 = counter[1]! | 0;
  let c2 = counter[2]! | 0;
  let c3 = counter[3]! | 0;
  let k0 = key[0]! | 0;
  let k1 = key[1]! | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const highA = multiplyHigh(MULTIPLIER_A, c0);
    const lowA = Math.imul(MULTIPLIER_A, c0);
    const highB = multiplyHigh(MULTIPLIER_B, c2);
    const lowB = Math.imul(MULTIPLIER_B, c2);
    c0 = highB ^ c1 ^ k0;
    c1 = lowB;
    c2 = highA ^ c3 ^ k1;
    c3 = lowA;
    k0 = (k0 + WEYL_A) | 0;
    k1 = (k1 + WEYL_B) | 0;
  }
  out[0] = c0; // a Uint32Array stores the same 32 bits unsigned
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** One stream of random values. Values come in a fixed order; two streams of different names never share a block. */
export interface Random {
  /** An unsigned 32-bit integer. */
  uint32(): number;
  /** A number in [0, 1) with 32 random bits. */
  uniform(): number;
  /** A number in [low, high). */
  between(low: number, high: number): number;
  /** An integer in [0, count), count from 1 to 2^32. */
  integer(count: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** A standard normal value (Box and Muller, 1958). */
  normal(): number;
}

/** A stream that can be moved to another name: what makes a million samples without a million generators. */
export interface SeekableRandom extends Random {
  /** Moves to the start of the stream named (seed, a, b, c); a, b, c unsigned 32-bit numbers. */
  seek(a: number, b: number, c: number): void;
}

/**
 * The stream named (seed, a, b, c).
 * @param seed an integer in [0, 2^53)
 * @param stream up to three unsigned 32-bit numbers that name the use, e.g. (purpose, sample, variant)
 * @throws RangeError for another seed or more than three numbers
 */
export function createRandom(seed: number, ...stream: number[]): Random {
  if (stream.length > 3) throw new RangeError(`stream: expected at most 3 numbers, got ${stream.length}`);
  const random = createSeekableRandom(seed);
  random.seek(stream[0] ?? 0, stream[1] ?? 0, stream[2] ?? 0);
  return random;
}

/**
 * A generator that stands at stream (seed, 0, 0, 0) until it is moved. After `seek(a, b, c)` it gives the values of
 * `createRandom(seed, a, b, c)`, without allocating.
 * @param seed an integer in [0, 2^53)
 * @throws RangeError for another seed
 */
export function createSeekableRandom(seed: number): SeekableRandom {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed: expected an integer in [0, 2^53), got ${seed}`);
  const key = Uint32Array.of(seed >>> 0, Math.floor(seed / 0x100000000));
  const counter = new Uint32Array(4);
  const block = new Uint32Array(4);
  let used = 4;
  let spare: number | undefined;

  const uint32 = (): number => {
    if (used === 4) {
      philox(counter, key, block);
      counter[0]!++;
      used = 0;
    }
    return block[used++]!;
  };
  const uniform = (): number => uint32() / 0x100000000;
  return {
    seek(a, b, c) {
      counter[0] = 0;
      counter[1] = a;
      counter[2] = b;
      counter[3] = c;
      used = 4;
      spare = undefined;
    },
    uint32,
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    integer: (count) => Math.floor(uniform() * count),
    chance: (probability) => uniform() < probability,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * sin(angle);
      return radius * cos(angle);
    },
  };
}

/** A seeded permutation of 0 … count − 1 (Fisher and Yates). */
export function permutation(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}
