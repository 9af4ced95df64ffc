// Whether memory stays where it is while something goes on: the heap after a collection, and what the system counts.

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';

const MIB = 2 ** 20;
/** A collection leaves some of a process's own caches; 1,000 leaked requests of 10 kB would be more. */
const HEAP_MIB = 8;
/** Pages that the allocator keeps for next time. */
const RSS_MIB = 64;

export interface SteadyMemory {
  /** Compares with the moment it was begun. */
  expectSteady(what: string): Promise<void>;
}

/** Begin when everything has been warmed up. */
export async function watchMemory(): Promise<SteadyMemory> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const measure = async () => {
    for (let round = 0; round < 2; round++) {
      await setImmediate(); // until a turn ends, what it looked at by weak references is held
      collect();
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapMib: (heapUsed + external) / MIB, rssMib: rss / MIB };
  };
  const before = await measure();
  return {
    async expectSteady(what) {
      const { heapMib, rssMib } = await measure();
      expect(heapMib - before.heapMib, `${what}: growth of the heap in MiB`).toBeLessThan(HEAP_MIB);
      expect(rssMib - before.rssMib, `${what}: growth of RSS in MiB`).toBeLessThan(RSS_MIB);
    },
  };
}
