import { expect, it } from 'vitest';
import { letGo } from '../../artifacts/let-go.ts';

it('gives back the memory of bytes that are alone in their buffer, and leaves others alone', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  letGo(bytes);
  expect(bytes.length).toBe(0);
  letGo(bytes); // once more, and nothing happens
  const part = Uint8Array.of(1, 2, 3).subarray(1);
  letGo(part);
  expect([...part]).toEqual([2, 3]);
});
