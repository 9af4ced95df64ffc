import { expect, it } from 'vitest';
import { createLeaseWatch } from '../../activities/lease.ts';
import { finishRun, resolveRun, type RecordDependencies } from '../../activities/records.ts';
import { runStep, type StepResult } from '../../activities/run-step.ts';
import { putBlob } from '../../artifacts/blobs.ts';
import { collectGarbage, GraceTooShort, type CollectionResult, type RunKnowledge } from '../../artifacts/garbage.ts';
import { keys } from '../../artifacts/keys.ts';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import { createMemoryStore, type MemoryStore } from '../../artifacts/memory-store.ts';
import { moveAlias, moveIdOf, publishVersion } from '../../artifacts/registry.ts';
import { holdStanding } from '../../artifacts/standing.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';
import { modelCandidate } from '../support/model-candidate.ts';
import { silentLog } from '../support/silent-log.ts';
import { share } from '../support/proofs.ts';
import { startActivity } from './activity.ts';
import { explain, LIMIT_MS } from './seeds.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createWorld, type Actor, type Faults, type World } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const KEEP_RUNS = 1;
/** More than one run has each: what one leaves, another takes up or finds gone. */
const CONFIGURATIONS = 2;
const OLD_RUNS = CONFIGURATIONS;
const SEEDS = Number(process.env['DIGITFLOW_SIMULATION_SEEDS'] ?? share(2_000));
const CANDIDATES = Array.from({ length: CONFIGURATIONS }, (_, word) =>
  modelCandidate(`model ${word}`, { name: 'digits' }),
);

interface Run {
  identity: RunIdentity;
  configuration: number;
  /** Ran long before the others: what it left is garbage by the time they want it. */
  isOld: boolean;
  state: 'waiting' | 'open' | 'closed';
}

/** What each root names, by an oracle of its own: nothing of the collector's code. */
function namedBy(truth: ReadableTruth, run: RunIdentity): Set<string> {
  const named = new Set<string>();
  for (const [key, text] of truth.under(keys.runSteps(run))) {
    named.add(key);
    const { step, stepKey, output } = JSON.parse(text) as { step: string; stepKey: string; output: ArtifactRef };
    named.add(output.key);
    if (step === 'publish') continue; // has no record
    const record = keys.step(step, stepKey);
    named.add(record);
    const standing = truth.read(record);
    for (const { key: blob } of standing === undefined ? [] : (JSON.parse(standing) as { blobs: ArtifactRef[] }).blobs)
      named.add(blob);
  }
  return named;
}

interface ReadableTruth {
  store: MemoryStore;
  read(key: string): string | undefined;
  under(prefix: string): [key: string, text: string][];
}

/** A memory store whose content can be looked at without asking anybody. */
function readableTruth(world: World): ReadableTruth {
  const store = createMemoryStore({ clock: world.clock });
  const texts = new Map<string, string>();
  const put = store.put.bind(store);
  const remove = store.delete.bind(store);
  store.put = async (key, bytes) => {
    texts.set(key, Buffer.from(bytes).toString());
    return put(key, bytes);
  };
  store.delete = async (key) => {
    texts.delete(key);
    return remove(key);
  };
  return {
    store,
    read: (key) => texts.get(key),
    under: (prefix) => [...texts].filter(([key]) => key.startsWith(prefix)),
  };
}

/** Runs of a few configurations over some days, most of them ended; publishes; collectors, some of them in a hurry. */
async function simulate(seed: number, faults: Faults) {
  const world = createWorld(seed, faults);
  const truth = readableTruth(world);
  const { random } = world;
  const problems: string[] = [];
  const runs = Array.from({ length: OLD_RUNS + 1 + random.integer(3) }, (_, index): Run => ({
    identity: { workflowId: `run-${index}`, firstExecutionRunId: 'first' },
    isOld: index < OLD_RUNS,
    configuration: index < OLD_RUNS ? index : random.integer(CONFIGURATIONS),
    state: 'waiting',
  }));

  /** Whatever is deleted, nobody who counts on it may still need it. */
  const remove = truth.store.delete.bind(truth.store);
  truth.store.delete = async (key) => {
    const isContent = key.startsWith(keys.blobs) || key.startsWith(keys.steps);
    for (const run of isContent ? runs : [])
      if (run.state === 'open' && namedBy(truth, run.identity).has(key))
        problems.push(`${key} deleted while ${run.identity.workflowId} counts on it`);
    return remove(key);
  };

  /** Half days and a few seconds: what happens at all happens at nearly the same moment as something else. */
  const appointment = (): number => DAY_MS + random.integer(6) * (DAY_MS / 2) + random.integer(4_000);
  const leaseWatches = [createLeaseWatch(), createLeaseWatch()];
  const machines = leaseWatches.map(() => world.machine());
  const stepOf =
    (run: Run, step: string, inputs: Record<string, ArtifactRef>, text: string, publish?: Publish) =>
    (actor: Actor, attempt: number): Promise<StepResult> => {
      const store = createSimulatedStore(truth.store, actor);
      const worker = attempt % 2;
      const isAlone = text.includes('alone');
      return runStep(
        { store, clock: actor.clock, log: silentLog, leaseWatch: leaseWatches[worker]! },
        {
          step,
          inputs,
          parameters: { text },
          codeIdentity: { bundle: 'code' },
          run: { ...run.identity, attempt },
          ...(publish && { options: { reuse: 'never' as const } }),
        },
        async (context) => {
          for (const input of Object.values(inputs)) await context.read(input);
          const part = await context.write(Buffer.from(`part of ${text}`));
          // Hours only where nobody else waits for the same step: he would ask every two seconds.
          await actor.clock.sleep(random.integer(isAlone ? HOUR_MS : 6_000), context.signal);
          await publish?.(store, actor);
          return { output: await context.write(Buffer.from(JSON.stringify({ part, text }))), summary: {} };
        },
      );
    };
  type Publish = (store: ReturnType<typeof createSimulatedStore>, actor: Actor) => Promise<void>;

  const perform = async <Result>(
    run: Run,
    name: string,
    attempt: (actor: Actor, attempt: number) => Promise<Result>,
  ): Promise<Result> => {
    const activity = startActivity<Result>(world, {
      name: `${run.identity.workflowId}/${name}`,
      machine: (number) => machines[number % 2]!,
      maxAttempts: 2_000, // a step that waits for half an hour, and who waits for that step
      attempt,
    });
    return activity.answered;
  };

  async function pipeline(run: Run, workflow: Actor): Promise<void> {
    const { identity, configuration } = run;
    if (!run.isOld) await workflow.clock.sleep(appointment());
    run.state = 'open';
    const records = (actor: Actor) => ({
      store: createSimulatedStore(truth.store, actor),
      clock: actor.clock,
      resolve: () =>
        ({ configuration: { configuration }, rerun: {} }) as unknown as ReturnType<RecordDependencies['resolve']>,
      change: (before: object) => before,
    });
    await perform(run, 'resolve', (actor) => resolveRun(records(actor), { run: identity, input: {} }));
    const data = random.chance(0.02) ? `data of ${identity.workflowId} alone` : `data ${configuration}`;
    const first = await perform(run, 'ingest', stepOf(run, 'ingest', {}, data));
    if (!run.isOld && random.chance(0.3)) await workflow.clock.sleep(appointment()); // parked
    const train = stepOf(run, 'train', { dataset: first.output }, `training ${configuration}`);
    const second = await perform(run, 'train', train);
    if (!run.isOld && random.chance(0.5)) {
      const candidate = CANDIDATES[configuration]!;
      const publish = async (store: ReturnType<typeof createSimulatedStore>, actor: Actor): Promise<void> => {
        const texts = [`model ${configuration}`, `golden model ${configuration}`];
        for (const text of texts) await putBlob(store, Buffer.from(JSON.stringify(text)));
        const named = [...candidate.files, candidate.golden].map(({ key }) => key);
        const standing = await holdStanding({ store, clock: actor.clock }, named);
        if (named.some((key) => !standing.has(key))) throw new Error('vanished');
        const code = { training: second.output.sha256 };
        const registry = { store, clock: actor.clock };
        const { version } = await publishVersion(registry, { ...candidate, code, run: identity });
        const intent = { ...identity, digest: version.digest, alias: 'champion' as const };
        const move = { model: 'digits', to: version.version, reason: 'better', author: 'run', ...intent };
        await moveAlias(registry, { ...move, moveId: moveIdOf(intent) });
      };
      await perform(run, 'publish', stepOf(run, 'publish', { training: second.output }, 'publication', publish));
    }
    for (const key of namedBy(truth, identity)) if (truth.read(key) === undefined) problems.push(`${key} is gone`);
    if (random.chance(0.15)) {
      run.state = 'closed'; // terminated by hand: it leaves no outcome
      return;
    }
    const outcome = { state: 'failed' as const, steps: [], failure: { type: 'X', message: 'x' } };
    await perform(run, 'finish', (actor) => finishRun(records(actor), { run: identity, outcome, ending: 1 }, 'first'));
    run.state = 'closed';
  }

  const askRun = async ({ workflowId }: RunIdentity): Promise<RunKnowledge> =>
    runs.find(({ identity }) => identity.workflowId === workflowId)!.state === 'closed' ? 'closed' : 'open';
  const collect = (name: string, graceMs: number | undefined, afterMs: number) =>
    startActivity<CollectionResult>(world, {
      name,
      isFinal: (error) => error instanceof GraceTooShort,
      async attempt(actor, attempt) {
        await actor.clock.sleep(afterMs);
        const store = createSimulatedStore(truth.store, actor);
        const id = `${name}#${attempt}`;
        return collectGarbage({
          id,
          store,
          clock: actor.clock,
          keepRuns: KEEP_RUNS,
          askRun,
          ...(graceMs !== undefined && { graceMs }),
        });
      },
    });

  for (const run of runs) void pipeline(run, world.actor(`Temporal for ${run.identity.workflowId}`, { mortal: false }));
  collect('collector-0', undefined, appointment());
  if (random.chance(0.5)) collect('collector-1', undefined, appointment());
  if (random.chance(0.5)) collect('in-a-hurry', random.chance(0.5) ? 0 : HOUR_MS, appointment());
  await world.run();
  return { world, truth, runs, problems, collect };
}

/** Two days later, in a kind world, one more collection leaves exactly what is reachable. */
async function settle({ world, truth, runs, collect }: Awaited<ReturnType<typeof simulate>>): Promise<string[]> {
  world.beKind();
  const sleeper = world.actor('two days', { mortal: false });
  void sleeper.clock.sleep(2 * DAY_MS);
  await world.run();
  const last = collect('the last one', undefined, 1);
  await world.run();
  if (last.answers.length === 0) return [`the last collection failed: ${String(last.error)}`];

  const needed = new Set<string>();
  const kept = new Set<string>();
  const ended = new Map<string, number>();
  for await (const { key, lastModified } of truth.store.list(keys.runs)) {
    const [, workflowId = ''] = key.split('/');
    const isLast = key.endsWith('/outcome.json') || truth.read(`runs/${workflowId}/first/outcome.json`) === undefined;
    if (isLast) ended.set(workflowId, Math.max(ended.get(workflowId) ?? 0, lastModified.getTime()));
  }
  const newest = [...ended].sort((a, b) => b[1] - a[1]).slice(0, KEEP_RUNS);
  for (const [workflowId] of newest) kept.add(workflowId);
  for (const [key, text] of truth.under(keys.versions('digits'))) {
    const version = JSON.parse(text) as {
      files: ArtifactRef[];
      golden: ArtifactRef;
      run: RunIdentity;
      code: { training: string };
    };
    for (const { key: file } of [...version.files, version.golden]) needed.add(file);
    needed.add(keys.blob(version.code.training));
    kept.add(version.run.workflowId);
    if (truth.read(key) === undefined) throw new Error('unreachable');
  }
  for (const { identity } of runs.filter(({ identity }) => kept.has(identity.workflowId)))
    for (const key of namedBy(truth, identity)) needed.add(key);
  // What an output names is needed with it.
  for (const key of needed) {
    const { part } = (truth.read(key)?.startsWith('{"part') ? JSON.parse(truth.read(key)!) : {}) as {
      part?: ArtifactRef;
    };
    if (part !== undefined) needed.add(part.key);
  }
  const problems = [...needed].filter((key) => truth.read(key) === undefined).map((key) => `${key} is needed and gone`);
  for (const prefix of [keys.blobs, keys.steps])
    for (const [key] of truth.under(prefix))
      if (!needed.has(key)) problems.push(`${key} is unreachable and still there`);
  for (const [key] of truth.under(keys.runs))
    if (!kept.has(key.split('/')[1]!)) problems.push(`${key} is of a run that nobody keeps`);
  for (const [key] of truth.under(keys.collections)) problems.push(`${key} was left`);
  return problems;
}

it(
  `never deletes what anybody counts on, and in the end all that nobody does (${SEEDS} histories)`,
  { timeout: LIMIT_MS },
  async () => {
    let deletions = 0;

    for (let seed = 0; seed < SEEDS; seed++) {
      const result = await simulate(seed, {
        budget: seed % 12,
        chance: 0.01,
        draws: (what) => what.startsWith('delete blobs') || what.startsWith('delete steps'),
      });
      deletions += result.world.history.filter((line) => line.includes(': request delete blobs')).length;
      await explain(seed, result.world, async () => {
        expect(result.problems).toEqual([]);
        expect(await settle(result)).toEqual([]);
      });
    }
    expect(deletions, 'deletions of blobs').toBeGreaterThan(SEEDS); // else nothing was tried
  },
);
