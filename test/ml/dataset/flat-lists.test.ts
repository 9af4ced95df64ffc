import { expect, it } from 'vitest';
import { sortIntoLists } from '../../../ml/dataset/flat-lists.ts';

it('puts each number into the list it names, ascending, and leaves lists that none names empty', () => {
  const lists = sortIntoLists(Uint32Array.of(2, 0, 2, 3, 0, 2), 5);
  expect(Array.from({ length: lists.count }, (_, list) => [...lists.of(list)])).toEqual([
    [1, 4],
    [],
    [0, 2, 5],
    [3],
    [],
  ]);
  expect([0, 1, 2, 3, 4].map((list) => lists.sizeOf(list))).toEqual([2, 0, 3, 1, 0]);
  expect(sortIntoLists(new Uint8Array(), 0).count).toBe(0);
});
