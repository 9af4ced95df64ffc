import { describe, expect, it } from 'vitest';
import { createLargeBuffer } from '../../../ml/dataset/large-buffer.ts';
import {
  layOutMasters,
  layoutOfMasters,
  MalformedMasters,
  SKELETON_BYTES,
} from '../../../ml/dataset/packed-masters.ts';

describe('packed masters', () => {
  it('have the layout that was agreed on', () => {
    const blob = layOutMasters(2, 3, createLargeBuffer());
    blob.add({ pixels: Uint8Array.of(1, 2, 3), skeleton: new Uint8Array(SKELETON_BYTES).fill(9) });
    blob.add({ pixels: Uint8Array.of(4, 5, 6) });
    const bytes = blob.bytes();
    expect([...bytes.subarray(0, 25)]).toEqual(
      [[0x44, 0x46, 0x4d, 0x41, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0], [1, 0], [1, 2, 3, 4, 5, 6], [9]].flat(),
    );
    expect(bytes.length).toBe(24 + SKELETON_BYTES);
    const layout = { count: 2, pixelBytes: 3, flagsStart: 16, pixelsStart: 18, skeletonsStart: 24 };
    expect(layoutOfMasters(bytes)).toEqual(layout);
  });

  it('are refused when they are of another kind or cut within the header', () => {
    const bytes = layOutMasters(0, 1024, createLargeBuffer()).bytes();
    for (const length of [0, 15]) expect(() => layoutOfMasters(bytes.subarray(0, length))).toThrow(MalformedMasters);
    for (const at of [0, 4]) {
      const other = Uint8Array.from(bytes);
      other[at] = 7;
      expect(() => layoutOfMasters(other)).toThrow(/expected 'DFMA' version 1/);
    }
  });

  it('are refused when one is missing, too many or too short', () => {
    const blob = layOutMasters(2, 1024, createLargeBuffer());
    blob.add({ pixels: new Uint8Array(1024) });
    expect(() => blob.bytes()).toThrow(/expected 2 of them, got 1/);
    expect(() => blob.add({ pixels: new Uint8Array(1023) })).toThrow(RangeError);
    blob.add({ pixels: new Uint8Array(1024) });
    expect(() => blob.add({ pixels: new Uint8Array(1024) })).toThrow(/expected 2 of them, got one more/);
  });
});
