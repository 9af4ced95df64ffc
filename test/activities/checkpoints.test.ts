import { expect, it } from 'vitest';
import { openCheckpoints } from '../../activities/checkpoints.ts';
import { keys } from '../../artifacts/keys.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { createRandom } from '../../ml/random.ts';
import type { Checkpoint } from '../../ml/train.ts';

const HOWS = ['deleted', 'truncated', 'flipped', 'other bytes'] as const;
const STEP_KEY = 'd'.repeat(64);

/** Two checkpoints of a training, 100 and 200 steps in. */
async function saved() {
  const store = createMemoryStore();
  const checkpoints = openCheckpoints(store, STEP_KEY);
  const made = [100, 200].map((trainStep) => ({
    trainStep,
    state: Float32Array.from({ length: 64 }, (_, at) => trainStep + at / 7),
    history: [],
  })) as unknown as Checkpoint[];
  for (const each of made) await checkpoints.save(each);
  const names = [];
  for await (const { key } of store.list(keys.checkpoints(STEP_KEY))) names.push(key);
  return { store, checkpoints, made, names };
}

it.each(HOWS)(
  'one that is %s: training goes on from the one before, without any from the start, and it is said',
  async (how) => {
    for (let seed = 0; seed < 200; seed++) {
      const random = createRandom(seed);
      const { store, checkpoints, made, names } = await saved();
      const damage = async (key: string): Promise<void> => {
        if (how === 'deleted') return store.delete(key);
        const bytes = Uint8Array.from((await store.get(key))!.bytes);
        if (how === 'flipped') bytes[random.integer(bytes.length)]! ^= 1 << random.integer(8);
        if (how === 'other bytes') bytes.forEach((_, at) => (bytes[at] = random.integer(256)));
        await store.put(key, how === 'truncated' ? bytes.subarray(0, random.integer(bytes.length)) : bytes);
      };
      const told: string[] = [];
      const isTold = how !== 'deleted'; // nobody knows of one that is not there
      await damage(names[1]!);
      expect(await checkpoints.newest((key) => told.push(key)), `seed ${seed}`).toEqual(made[0]);
      expect(told).toEqual(isTold ? [names[1]] : []);
      await damage(names[0]!);
      expect(await checkpoints.newest(), `seed ${seed}`).toBeUndefined();
      // The next one is saved beside them, and found.
      await checkpoints.save({ ...made[1]!, trainStep: 300 });
      expect(await checkpoints.newest()).toEqual({ ...made[1]!, trainStep: 300 });
    }
  },
);
