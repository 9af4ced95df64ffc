import { expect, it } from 'vitest';
import { keys } from '../../artifacts/keys.ts';
import { parseAliases, parseModelVersion, type AliasesRecord } from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import {
  listVersions,
  moveAlias,
  moveIdOf,
  publishVersion,
  readAliases,
  rollBack,
  NoPreviousVersion,
  type MoveResult,
} from '../../artifacts/registry.ts';
import { modelCandidate } from '../support/model-candidate.ts';
import { startActivity, type ActivityOutcome } from './activity.ts';
import { explain, LIMIT_MS, SEEDS } from './seeds.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createWorld, type Faults } from './world.ts';

const MODEL = 'digits';
const RUNS = 5;
const PEOPLE = 2;
/** Signed once: equal words are equal models. */
const CANDIDATES = ['one', 'two', 'three'].map((word) => modelCandidate(word, { name: MODEL }));

interface Published {
  version: number;
  digest: string;
  champion: MoveResult;
}

/** Runs publish at once, some of them equal models, and move the aliases; people roll back meanwhile. */
async function simulate(seed: number, faults: Faults) {
  const world = createWorld(seed, faults);
  const truth = createMemoryStore();
  const written = new Map<string, string[]>();
  const put = truth.put.bind(truth);
  truth.put = async (key, bytes) => {
    const states = written.get(key) ?? [];
    states.push(Buffer.from(bytes).toString());
    written.set(key, states);
    return put(key, bytes);
  };

  const runs = Array.from({ length: RUNS }, (_, index) => {
    const candidate = world.random.integer(CANDIDATES.length);
    const outcome = startActivity<Published>(world, {
      name: `run-${index}`,
      async attempt(actor) {
        const registry = { store: createSimulatedStore(truth, actor), clock: actor.clock };
        await actor.clock.sleep(world.random.integer(3_000));
        const { version } = await publishVersion(registry, CANDIDATES[candidate]!);
        const request = { model: MODEL, to: version.version, reason: 'better', author: `run-${index}` };
        const intent = { workflowId: `run-${index}`, firstExecutionRunId: 'first', digest: version.digest };
        const move = (alias: 'champion' | 'candidate') =>
          moveAlias(registry, { ...request, alias, moveId: moveIdOf({ ...intent, alias }) });
        await move('candidate');
        return { version: version.version, digest: version.digest, champion: await move('champion') };
      },
    });
    return { candidate, outcome };
  });

  const people = Array.from({ length: PEOPLE }, (_, index) =>
    startActivity<MoveResult>(world, {
      name: `person-${index}`,
      isFinal: (error) => error instanceof NoPreviousVersion,
      async attempt(actor) {
        const registry = { store: createSimulatedStore(truth, actor), clock: actor.clock };
        await actor.clock.sleep(world.random.integer(10_000));
        const moveId = moveIdOf({
          workflowId: `person-${index}`,
          firstExecutionRunId: '',
          digest: '',
          alias: 'champion',
        });
        return rollBack(registry, { model: MODEL, reason: 'looks wrong', author: `person-${index}`, moveId });
      },
    }),
  );
  await world.run();
  return { world, truth, written, runs, people };
}

type Result = Awaited<ReturnType<typeof simulate>>;

async function expectOneVersionEach({ truth, written, runs }: Result): Promise<void> {
  const versions = await listVersions(truth, MODEL);
  expect(
    versions.map(({ version }) => version),
    'numbers',
  ).toEqual(versions.map((_, index) => index + 1));
  expect(new Set(versions.map(({ digest }) => digest)).size, 'contents').toBe(versions.length);
  expect(versions).toHaveLength(new Set(runs.map(({ candidate }) => candidate)).size);
  for (const { outcome } of runs) {
    expect(outcome.error).toBeUndefined();
    expect(outcome.answers.length).toBeGreaterThan(0);
    for (const { version, digest } of outcome.answers) expect(versions[version - 1]!.digest).toBe(digest);
  }
  for (const [key, states] of written) {
    if (key.startsWith(keys.versions(MODEL))) expect(states.length, `states of ${key}`).toBe(1);
  }
  for (const { version } of versions) {
    const key = keys.version(MODEL, version);
    expect(parseModelVersion(Buffer.from(written.get(key)![0]!), key).version).toBe(version);
  }
}

async function expectLinearMoves({ truth, written, runs, people }: Result): Promise<void> {
  const states = written.get(keys.aliases(MODEL))!.map((text) => parseAliases(Buffer.from(text)));
  let before: AliasesRecord | undefined;
  for (const state of states) {
    expect(state.revision, 'revision').toBe((before?.revision ?? 0) + 1);
    expect(state.moves.slice(0, -1), 'history').toEqual(before?.moves ?? []);
    const move = state.moves.at(-1)!;
    expect(move.from, 'from').toBe(before?.aliases[move.alias] ?? null);
    expect(state.aliases, 'aliases').toEqual({ ...before?.aliases, [move.alias]: move.to });
    before = state;
  }
  // A move stands in the history once: whatever is tried again later can't undo what a person decided since.
  const moves = before!.moves;
  expect(new Set(moves.map(({ moveId }) => moveId)).size, 'moves').toBe(moves.length);
  const told = (outcome: ActivityOutcome<unknown>): boolean =>
    outcome.answers.length > 0 || outcome.error !== undefined;
  expect([...runs.map(({ outcome }) => outcome), ...people].every(told)).toBe(true);
  const { champion } = await readAliases(truth, MODEL);
  expect(champion).toBe(moves.findLast(({ alias }) => alias === 'champion')!.to);
}

it(
  `publishes one version for each content, skips no number and undoes no move (${SEEDS} histories)`,
  { timeout: LIMIT_MS },
  async () => {
    let rolledBack = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const result = await simulate(seed, { budget: 8, chance: 0.05 });
      await explain(seed, result.world, async () => {
        await expectOneVersionEach(result);
        await expectLinearMoves(result);
      });
      rolledBack += result.people.filter(({ answers }) => answers.some(({ outcome }) => outcome === 'moved')).length;
    }
    expect(rolledBack, 'roll-backs').toBeGreaterThan(SEEDS / 10); // else nothing was tried
  },
);
