// Files as attackers and broken networks make them: a seed names the damage.

import { crc32 } from 'node:zlib';
import type { Random } from '../../ml/random.ts';

/** Values at which lengths, sides and offsets go wrong. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

type Damage = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const DAMAGES: Damage[] = [
  function flipBits(bytes, random) {
    for (let left = 1 + random.integer(8); left > 0; left--) {
      const at = random.integer(bytes.length);
      bytes[at] = bytes[at]! ^ (1 << random.integer(8));
    }
    return bytes;
  },
  function writeEdge(bytes, random) {
    const value = EDGES[random.integer(EDGES.length)]!;
    const at = random.integer(bytes.length);
    const size = [1, 2, 4][random.integer(3)]!;
    for (let i = 0; i < size && at + i < bytes.length; i++) {
      const shift = 8 * (random.chance(0.5) ? i : size - 1 - i);
      bytes[at + i] = (value / 2 ** shift) & 255;
    }
    return bytes;
  },
  function cutShort(bytes, random) {
    return bytes.subarray(0, random.integer(bytes.length));
  },
  function removePart(bytes, random) {
    const from = random.integer(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.integer(64))]);
  },
  function repeatPart(bytes, random) {
    const from = random.integer(bytes.length);
    const to = Math.min(bytes.length, from + 1 + random.integer(256));
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  function insertNoise(bytes, random) {
    const at = random.integer(bytes.length);
    const noise = Buffer.from(Array.from({ length: 1 + random.integer(32) }, () => random.integer(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  function spliceOther(bytes, random, others) {
    const other = others[random.integer(others.length)]!;
    return Buffer.concat([
      bytes.subarray(0, random.integer(bytes.length)),
      other.subarray(random.integer(other.length)),
    ]);
  },
];

/** One to three damages, one after another. */
export function mutate(file: Uint8Array, random: Random, others: readonly Buffer[]): Buffer {
  let bytes = Buffer.from(file);
  for (let left = 1 + random.integer(3); left > 0 && bytes.length > 0; left--)
    bytes = DAMAGES[random.integer(DAMAGES.length)]!(Buffer.from(bytes), random, others) as Buffer<ArrayBuffer>;
  return bytes;
}

/** The same PNG with checksums that fit again, as far as it still has chunks: damage gets past the first check. */
export function repairPng(png: Uint8Array): Buffer {
  const bytes = Buffer.from(png);
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
}
