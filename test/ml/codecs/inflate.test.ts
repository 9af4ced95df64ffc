import { constants, deflateSync, inflateRawSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflateInto, MAX_INPUT_BYTES } from '../../../ml/codecs/inflate.ts';
import { createRandom, type Random } from '../../../ml/random.ts';

const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FIXED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FILTERED,
];
const GUARD = 7;
const out = new Uint8Array(200_000);

/** What zlib makes of it: exactly `length` bytes, or nothing. */
function byZlib(packed: Uint8Array, length: number): Uint8Array | undefined {
  try {
    const bytes = inflateSync(packed, { maxOutputLength: Math.max(1, length) });
    return bytes.length === length ? Uint8Array.from(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function byUs(packed: Uint8Array, length: number): Uint8Array | undefined {
  out.fill(GUARD, length, length + 8);
  const whole = inflateInto(packed, out, length);
  expect(out.subarray(length, length + 8).every((byte) => byte === GUARD)).toBe(true);
  return whole ? out.slice(0, length) : undefined;
}

function drawBytes(random: Random): Uint8Array {
  const levels = random.chance(0.5) ? 3 : 256;
  const dull = random.uniform();
  const length = random.chance(0.05) ? random.integer(60_000) : random.integer(900);
  return Uint8Array.from({ length }, () => (random.chance(dull) ? 0 : random.integer(levels)));
}

function pack(bytes: Uint8Array, random: Random): Buffer {
  return deflateSync(bytes, {
    level: random.integer(10),
    strategy: STRATEGIES[random.integer(STRATEGIES.length)]!,
    memLevel: 1 + random.integer(9),
    windowBits: 9 + random.integer(7),
  });
}

/** A few flipped bits, most of them in the codes at the beginning. */
function damage(packed: Uint8Array, random: Random): Uint8Array {
  const damaged = Uint8Array.from(packed);
  const reach = random.chance(0.5) ? Math.min(40, packed.length) : packed.length;
  for (let left = 1 + random.integer(3); left > 0; left--) damaged[random.integer(reach)]! ^= 1 << random.integer(8);
  return damaged;
}

/** Gives a damaged stream the checksum of what it unpacks to, so that the checksum alone does not refuse it. */
function withItsChecksum(packed: Uint8Array): { packed: Uint8Array; length: number } | undefined {
  try {
    const bytes = inflateRawSync(packed.subarray(2), { maxOutputLength: 100_000 });
    const stored = deflateSync(bytes);
    return { packed: Buffer.concat([packed.subarray(0, -4), stored.subarray(-4)]), length: bytes.length };
  } catch {
    return undefined;
  }
}

describe('inflateInto', () => {
  it('reads what zlib reads and refuses what zlib refuses, whole, damaged, cut short, of another length', () => {
    const random = createRandom(5);
    const counts = { read: 0, refused: 0 };
    const check = (packed: Uint8Array, length: number): void => {
      if (length < 0 || packed.length > MAX_INPUT_BYTES) return;
      const expected = byZlib(packed, length);
      const got = byUs(packed, length);
      const same =
        expected === undefined ? got === undefined : got !== undefined && Buffer.compare(expected, got) === 0;
      expect(same, `${Buffer.from(packed).toString('hex')} of ${length} bytes`).toBe(true);
      counts[got === undefined ? 'refused' : 'read']++;
    };
    for (let round = 0; round < 200; round++) {
      const bytes = drawBytes(random);
      const packed = pack(bytes, random);
      for (const length of [bytes.length, bytes.length + 1, bytes.length - 1]) check(packed, length);
      check(packed.subarray(0, random.integer(packed.length)), bytes.length);
      check(Buffer.concat([packed, Uint8Array.of(1, 2, 3)]), bytes.length);
      for (let turn = 0; turn < 3; turn++) {
        const damaged = damage(packed, random);
        check(damaged, bytes.length);
        const repaired = withItsChecksum(damaged);
        if (repaired !== undefined) check(repaired.packed, repaired.length);
      }
    }
    expect(counts.read).toBeGreaterThan(400);
    expect(counts.refused).toBeGreaterThan(800);
  });

  it('stops at the first byte too many of a stream that would give gigabytes', () => {
    const bomb = deflateSync(new Uint8Array(10_000_000)); // 10 KB
    expect(bomb.length).toBeLessThan(MAX_INPUT_BYTES);
    expect(byUs(bomb, 100_000)).toBeUndefined();
  });
});
