import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelManager } from '../../../inference/model-manager.ts';
import { createPredictor } from '../../../inference/predictor.ts';
import { loadModel } from '../../../inference/load-model.ts';
import type { ModelVersion } from '../../../artifacts/manifests.ts';
import { silentServingLog } from '../../support/silent-log.ts';
import { grayFrame, openPool } from '../pool/open-pool.ts';
import { makeChampion, publishRandomModel } from '../published-model.ts';
import { managerWorld, signingKey, trustedKeys, type ManagerWorld } from './manager-world.ts';

const SWAPS = 200;
/** One in so many is another model, fetched and loaded; the others go back and forth between the two in memory. */
const NEW_EVERY = 4;
const FRAMES = 8;
const SESSIONS = 4;

describe('swaps under load', () => {
  let world: ManagerWorld;
  let pool: Awaited<ReturnType<typeof openPool>>;
  const versions: ModelVersion[] = [];
  /** Version → frame → what that model says about that frame. */
  const expected = new Map<number, number[]>();
  const frames = Array.from({ length: FRAMES }, (_, index) => grayFrame(index, { width: 96, height: 128 }));

  beforeAll(async () => {
    [world, pool] = await Promise.all([managerWorld(), openPool()]);
    for (const seed of [1, 2, 3]) {
      const { version } = await publishRandomModel(world.store, { seed, signingKey, promote: false });
      versions.push(version);
      const predictor = await createPredictor(await loadModel({ store: world.store, version }));
      const answers = frames.map(({ bytes: pixels, width, height }) => predictor.predict({ pixels, width, height }));
      expected.set(
        version.version,
        (await Promise.all(answers)).map(({ probability }) => probability),
      );
      await predictor.dispose();
    }
  });
  afterAll(() => pool.close());

  it(`lose no frame, double none, and mix none: ${SWAPS} times`, async () => {
    await makeChampion(world.store, 1);
    const { store, cacheFolder } = world;
    const manager = createModelManager({ store, pool, trustedKeys, cacheFolder, log: silentServingLog });
    await manager.check();
    let swaps = 0;
    manager.onSwap(() => swaps++);

    const load = { isOver: false, answered: (): void => undefined };
    let asked = 0;
    const problems: string[] = [];
    const session = async (number: number): Promise<number> => {
      let answered = 0;
      for (let round = number; !load.isOver; round++) {
        asked++;
        const at = round % FRAMES;
        const swapsBefore = swaps;
        const { reading, model } = await pool.readFrame(frames[at]!, { mode: 'whole', threshold: 0 });
        answered++;
        load.answered();
        const likeliest = reading.digits[0]?.probability;
        const right = expected.get(model.version)![at]!;
        if (likeliest !== undefined && Math.abs(likeliest - right) > 1e-5)
          problems.push(`version ${model.version} said ${likeliest} of frame ${at}, not ${right}`);
        if (swaps === swapsBefore && model.digest !== manager.current()!.digest)
          problems.push(`version ${model.version} answered though ${manager.current()!.version} served all the while`);
      }
      return answered;
    };
    const sessions = Array.from({ length: SESSIONS }, (_, number) => session(number));
    for (let swap = 1; swap <= SWAPS; swap++) {
      // A frame is answered between any two swaps, however busy the machine is.
      await new Promise<void>((resolve) => (load.answered = resolve));
      const standing = manager.current()!.version;
      const last = manager.loaded()[1]?.version;
      const another = [1, 2, 3].find((version) => version !== standing && version !== last)!;
      const next = last === undefined || swap % NEW_EVERY === 0 ? another : last;
      await makeChampion(world.store, next);
      await manager.check();
      expect(manager.current()?.version).toBe(next);
    }
    load.isOver = true;
    const answered = (await Promise.all(sessions)).reduce((sum, count) => sum + count, 0);
    expect(problems).toEqual([]);
    expect(answered).toBe(asked);
    expect(answered).toBeGreaterThanOrEqual(SWAPS);
    expect(pool.underway).toBe(0);
    expect(swaps).toBe(SWAPS);
    await manager.close();
  });
});
