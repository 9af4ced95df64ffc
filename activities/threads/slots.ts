// A bound on how much runs at once: more threads than cores only cost memory.

export type Slots = <T>(work: () => Promise<T>) => Promise<T>;

/** @param count how many pieces of work run at once, ≥ 1; the others wait in order */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
