import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { keys } from '../../artifacts/keys.ts';
import type { AliasesRecord, ModelVersion } from '../../artifacts/manifests.ts';
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
import { share } from '../support/proofs.ts';
import { startActivity, type ActivityOutcome } from './activity.ts';
import { explain, LIMIT_MS } from './seeds.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createWorld, type Faults } from './world.ts';

const MODEL = 'digits';
/** Few actors meet in every way they can; every tenth history has more of them. */
const crowdOf = (seed: number) => (seed % 10 === 0 ? { runs: 5, people: 2 } : { runs: 2 + (seed % 2), people: 1 });
const SEEDS = Number(process.env['DIGITFLOW_SIMULATION_SEEDS'] ?? share(10_000));
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

  const crowd = crowdOf(seed);
  const runs = Array.from({ length: crowd.runs }, (_, index) => {
    const candidate = world.random.integer(CANDIDATES.length);
    const outcome = startActivity<Published>(world, {
      name: `run-${index}`,
      async attempt(actor) {
        const registry = { store: createSimulatedStore(truth, actor), clock: actor.clock };
        await actor.clock.sleep(world.random.integer(3_000));
        const { version } = await publishVersion(registry, CANDIDATES[candidate]!);
        const request = {
          model: MODEL,
          to: version.version,
          reason: 'better',
          author: `run-${index}`,
          firstTimeOnly: true,
        };
        const intent = { workflowId: `run-${index}`, firstExecutionRunId: 'first', digest: version.digest };
        const move = (alias: 'champion' | 'candidate') =>
          moveAlias(registry, { ...request, alias, moveId: moveIdOf({ ...intent, alias }) });
        await move('candidate');
        return { version: version.version, digest: version.digest, champion: await move('champion') };
      },
    });
    return { candidate, outcome };
  });

  const people = Array.from({ length: crowd.people }, (_, index) =>
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

/** vitest's own expect takes longer than a whole history. */
function hold(what: string, got: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(got, expected)) expect(got, what).toEqual(expected);
}

async function expectOneVersionEach({ truth, written, runs }: Result): Promise<void> {
  const versions = await listVersions(truth, MODEL);
  const numbers = versions.map((_, index) => index + 1);
  hold(
    'numbers',
    versions.map(({ version }) => version),
    numbers,
  );
  hold('contents', new Set(versions.map(({ digest }) => digest)).size, versions.length);
  hold('versions', versions.length, new Set(runs.map(({ candidate }) => candidate)).size);
  for (const { outcome } of runs) {
    hold('error', outcome.error, undefined);
    hold('answered', outcome.answers.length > 0, true);
    for (const { version, digest } of outcome.answers) hold('digest', versions[version - 1]!.digest, digest);
  }
  for (const [key, states] of written)
    if (key.startsWith(keys.versions(MODEL))) hold(`states of ${key}`, states.length, 1);
  for (const { version } of versions) {
    const text = written.get(keys.version(MODEL, version))![0]!;
    hold('number in the record', (JSON.parse(text) as ModelVersion).version, version);
  }
}

async function expectLinearMoves({ truth, written, runs, people }: Result): Promise<void> {
  const states = written.get(keys.aliases(MODEL))!.map((text) => JSON.parse(text) as AliasesRecord);
  let before: AliasesRecord | undefined;
  for (const state of states) {
    hold('revision', state.revision, (before?.revision ?? 0) + 1);
    hold('history', state.moves.slice(0, -1), before?.moves ?? []);
    const move = state.moves.at(-1)!;
    hold('from', move.from, before?.aliases[move.alias] ?? null);
    hold('aliases', state.aliases, { ...before?.aliases, [move.alias]: move.to });
    before = state;
  }
  // A move stands in the history once: whatever is tried again later can't undo what a person decided since.
  const moves = before!.moves;
  hold('moves', new Set(moves.map(({ moveId }) => moveId)).size, moves.length);
  // And runs move an alias to a version once among them: what equal runs find later was decided by a person.
  const byRuns = moves.filter(({ author }) => author.startsWith('run-')).map(({ alias, to }) => `${alias} ${to}`);
  hold('moves of runs', new Set(byRuns).size, byRuns.length);
  const told = (outcome: ActivityOutcome<unknown>): boolean =>
    outcome.answers.length > 0 || outcome.error !== undefined;
  hold('all told', [...runs.map(({ outcome }) => outcome), ...people].every(told), true);
  const { champion } = await readAliases(truth, MODEL);
  hold('champion', champion, moves.findLast(({ alias }) => alias === 'champion')!.to);
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
