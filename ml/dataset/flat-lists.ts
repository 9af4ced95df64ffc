// Many lists of numbers in two flat arrays: those of a hundred thousand samples without an object each.

export interface FlatLists {
  /** How many lists there are. */
  readonly count: number;
  sizeOf(list: number): number;
  /** What is in one list: a view, not a copy. */
  of(list: number): Uint32Array;
}

/**
 * Puts each number from 0 on into the list that it names.
 * @param listOf [numbers] below `count`
 * @returns lists of ascending numbers
 */
export function sortIntoLists(listOf: Uint8Array | Uint32Array, count: number): FlatLists {
  const ends = new Uint32Array(count + 1); // where the list before ends, and after filling the list itself
  for (const list of listOf) ends[list + 1]!++;
  for (let list = 0; list < count; list++) ends[list + 1]! += ends[list]!;
  const numbers = new Uint32Array(listOf.length);
  for (let number = 0; number < listOf.length; number++) numbers[ends[listOf[number]!]!++] = number;
  const startOf = (list: number): number => (list === 0 ? 0 : ends[list - 1]!);
  return {
    count,
    sizeOf: (list) => ends[list]! - startOf(list),
    of: (list) => numbers.subarray(startOf(list), ends[list]),
  };
}
