import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRandom, createSeekableRandom, permutation, philox } from '../../ml/random.ts';

const block = (counter: number[], key: number[]): string[] => {
  const out = new Uint32Array(4);
  philox(Uint32Array.from(counter), Uint32Array.from(key), out);
  return Array.from(out, (word) => word.toString(16).padStart(8, '0'));
};

describe('philox', () => {
  it('gives the known answers of the Random123 distribution', () => {
    expect(block([0, 0, 0, 0], [0, 0])).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    const ones = 0xffffffff;
    expect(block([ones, ones, ones, ones], [ones, ones])).toEqual(['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd']);
    expect(block([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ]);
  });
});

describe('createRandom', () => {
  it('gives the same bits everywhere', () => {
    const random = createRandom(2 ** 40 + 7, 1, 2, 3);
    const values = Float64Array.from({ length: 1000 }, (_, index) => (index % 2 ? random.normal() : random.uniform()));
    expect(createHash('sha256').update(values).digest('hex').slice(0, 16)).toBe('015109f7e82b5ff2');
  });

  it('has uniform values and normal values with the right mean and spread', () => {
    const random = createRandom(5);
    const count = 20_000;
    let uniformSum = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      uniformSum += random.uniform();
      const value = random.normal();
      sum += value;
      squares += value * value;
    }
    expect(uniformSum / count).toBeCloseTo(0.5, 1.7);
    expect(Math.abs(sum / count)).toBeLessThan(0.03);
    expect(Math.abs(squares / count - 1)).toBeLessThan(0.05);
  });

  it('refuses a seed that is no integer below 2^53 and a stream of four numbers', () => {
    expect(() => createRandom(-1)).toThrow(RangeError);
    expect(() => createRandom(0.5)).toThrow(RangeError);
    expect(() => createRandom(1, 1, 2, 3, 4)).toThrow(/at most 3/);
  });
});

describe('createSeekableRandom', () => {
  it('gives after seek what a fresh generator of that stream gives, whatever was drawn before', () => {
    const moved = createSeekableRandom(11);
    moved.seek(1, 2, 3);
    moved.normal(); // leaves a spare value and a half-used block behind
    moved.seek(9, 8, 7);
    const fresh = createRandom(11, 9, 8, 7);
    for (let i = 0; i < 20; i++) expect(moved.normal()).toBe(fresh.normal());
  });
});

describe('permutation', () => {
  it('holds every index once, in an order that the seed decides', () => {
    const order = permutation(1000, createRandom(3));
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(order).toEqual(permutation(1000, createRandom(3)));
    expect(order).not.toEqual(permutation(1000, createRandom(4)));
  });
});
