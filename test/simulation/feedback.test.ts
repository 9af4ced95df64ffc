import { expect, it } from 'vitest';
import { deleteCorrection, storeCorrection, sweepCorrections, type Sweep } from '../../artifacts/feedback.ts';
import { listCorrections } from '../../artifacts/feedback-list.ts';
import { keys } from '../../artifacts/keys.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { correctionOf } from '../support/corrections.ts';
import { startActivity, type ActivityOutcome } from './activity.ts';
import { explain, LIMIT_MS, SEEDS } from './seeds.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createWorld, type Faults } from './world.ts';

const CORRECTIONS = 4;

interface Reading {
  /** Ids that were seen, and ids whose deletion had been answered before the reader asked. */
  seen: string[];
  deletedBefore: string[];
  storedBefore: string[];
  deletionBegunAfter: string[];
}

/** Corrections are stored and partly undone at once, by retries, zombies and killed workers; others list and sweep. */
async function simulate(seed: number, faults: Faults) {
  const world = createWorld(seed, faults);
  const truth = createMemoryStore();
  const stored = new Set<string>();
  const deletionBegun = new Set<string>();
  const deleted = new Set<string>();
  const startMs = 1_800_000_000_000;
  const corrections = Array.from({ length: CORRECTIONS }, (_, number) => correctionOf(number, startMs + number));
  const undone = corrections.filter(() => world.random.chance(0.6));

  const stores = corrections.map(({ id }, number) =>
    startActivity<'stored' | 'deleted'>(world, {
      name: `store-${number}`,
      async attempt(actor) {
        const answer = await storeCorrection(createSimulatedStore(truth, actor), corrections[number]!);
        if (!actor.stopped && answer === 'stored') stored.add(id);
        return answer;
      },
    }),
  );
  const deletions = undone.map(({ id }) =>
    startActivity<'deleted'>(world, {
      name: `delete-${id}`,
      async attempt(actor) {
        await actor.clock.sleep(world.random.integer(3_000));
        // A person undoes what he has seen stored.
        if (!stored.has(id)) throw new Error('not stored yet');
        deletionBegun.add(id);
        const answer = await deleteCorrection({ store: createSimulatedStore(truth, actor), clock: actor.clock }, id);
        if (answer === 'unknown') throw new TypeError('expected a stored correction to be known');
        if (!actor.stopped) deleted.add(id);
        return answer;
      },
      isFinal: (error) => error instanceof TypeError,
    }),
  );
  const readings: Reading[] = [];
  for (let reader = 0; reader < 3; reader++)
    startActivity<void>(world, {
      name: `list-${reader}`,
      async attempt(actor) {
        await actor.clock.sleep(world.random.integer(6_000));
        const deletedBefore = [...deleted];
        const storedBefore = [...stored];
        const page = await listCorrections({ store: createSimulatedStore(truth, actor), clock: actor.clock });
        const seen = page.corrections.map(({ id }) => id);
        const deletionBegunAfter = [...deletionBegun];
        if (!actor.stopped) readings.push({ seen, deletedBefore, storedBefore, deletionBegunAfter });
      },
    });
  startActivity<Sweep>(world, {
    name: 'sweep',
    async attempt(actor) {
      await actor.clock.sleep(world.random.integer(6_000));
      return sweepCorrections({ store: createSimulatedStore(truth, actor), clock: actor.clock });
    },
  });
  await world.run();
  return { world, truth, corrections, undone, stores, deletions, readings };
}

async function check({
  truth,
  corrections,
  undone,
  stores,
  deletions,
  readings,
}: Awaited<ReturnType<typeof simulate>>) {
  for (const outcome of [...stores, ...deletions] as ActivityOutcome<unknown>[]) {
    expect(outcome.error).toBeUndefined();
    expect(outcome.answers.length).toBeGreaterThan(0);
  }
  for (const { seen, deletedBefore, storedBefore, deletionBegunAfter } of readings) {
    expect(new Set(seen).size, 'no correction twice').toBe(seen.length);
    for (const id of deletedBefore) expect(seen, 'a deleted one is not seen').not.toContain(id);
    for (const id of storedBefore)
      if (!deletionBegunAfter.includes(id)) expect(seen, 'a stored one is seen').toContain(id);
  }
  const clock = { now: () => 1_800_000_000_000, monotonic: () => 0, sleep: () => Promise.resolve() };
  const kept = corrections.filter((each) => !undone.includes(each));
  const page = await listCorrections({ store: truth, clock });
  expect(page.corrections, 'what stays at the end').toEqual([...kept].reverse());
  await sweepCorrections({ store: truth, clock });
  const records = [];
  for await (const { key } of truth.list(keys.corrections)) records.push(key);
  expect(records, 'no picture of a deleted one is left').toEqual(kept.map(({ id }) => keys.correction(id)));
}

it(
  'never shows a deleted correction again and never loses another, whatever is lost, late or killed',
  { timeout: LIMIT_MS },
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await simulate(seed, { budget: seed % 12, chance: 0.15 });
      await explain(seed, result.world, () => check(result));
    }
  },
);
