import { expect, it } from 'vitest';
import { acquireLease, createLeaseWatch } from '../../activities/lease.ts';
import { StepHeldElsewhere } from '../../activities/step-errors.ts';
import { keys } from '../../artifacts/keys.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { silentLog } from '../support/silent-log.ts';
import { share } from '../support/proofs.ts';
import { startActivity, type ActivityOutcome } from './activity.ts';
import { STRANGERS_WAIT_MS, watchLease, type Claim, type Oracle, type Sighting } from './lease-rule.ts';
import { explain, LIMIT_MS } from './seeds.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createWorld, type Actor, type Faults } from './world.ts';

const HISTORIES = Number(process.env['DIGITFLOW_SIMULATION_SEEDS'] ?? share(10_000));
/** Two in half of the histories, three in the others. */
const workflowsOf = (seed: number): number => 2 + (seed % 2);
const STEP = { step: 'train', stepKey: 'k'.repeat(64) };
const LEASE = keys.lease(STEP.step, STEP.stepKey);
const RECORD = keys.step(STEP.step, STEP.stepKey);
const DAMAGES = ['deleted', 'truncated', 'other bytes'] as const;

interface Scenario {
  faults: Faults;
  /** Somebody damages the lease once. */
  damage: boolean;
  /** A workflow that Temporal tries no more when its attempts are used up: it may leave a lease behind. */
  givenUp: boolean;
}

/** Several workflows want one step; who holds the lease works for a while and records what he made, if nobody has. */
async function simulate(seed: number, { faults, damage, givenUp }: Scenario) {
  const world = createWorld(seed, faults);
  const truth = createMemoryStore({ clock: world.clock });
  const oracle: Oracle = { problems: [], taken: { higher: 0, stranger: 0 } };
  const records = new Set<string>();
  const put = truth.put.bind(truth);
  truth.put = async (key, bytes) => {
    if (key === RECORD) records.add(Buffer.from(bytes).toString());
    return put(key, bytes);
  };
  const workers = [0, 1].map(() => ({
    machine: world.machine(),
    leaseWatch: createLeaseWatch(),
    sighting: { sinceMs: 0 } as Sighting,
  }));
  let computed = 0;

  async function attempt(actor: Actor, claim: Claim, worker: (typeof workers)[number]): Promise<string> {
    const { sighting, leaseWatch } = worker;
    const { store, refused } = watchLease(createSimulatedStore(truth, actor), {
      key: LEASE,
      actor,
      claim,
      sighting,
      oracle,
    });
    const present = await store.get(RECORD);
    if (present !== undefined) return Buffer.from(present.bytes).toString();
    const lease = await acquireLease(
      { store, clock: actor.clock, log: silentLog, leaseWatch },
      { ...STEP, ...claim },
    ).catch((error: unknown) => {
      if (error instanceof StepHeldElsewhere) refused();
      throw error;
    });
    try {
      const finished = await store.get(RECORD);
      if (finished !== undefined) return Buffer.from(finished.bytes).toString();
      const own = `made by ${claim.workflowId}#${claim.attempt}, ${computed++}`;
      await actor.clock.sleep(world.random.integer(30_000), lease.lost);
      const write = await store.putIfAbsent(RECORD, Buffer.from(own));
      return write.outcome === 'written' ? own : Buffer.from(write.current!.bytes).toString();
    } finally {
      await lease.release();
    }
  }

  const start = (workflow: number): ActivityOutcome<string> => {
    const workflowId = `workflow-${workflow}`;
    const workerOf = (attempt: number) => workers[(workflow + attempt) % workers.length]!;
    return startActivity<string>(world, {
      name: workflowId,
      machine: (number) => workerOf(number).machine,
      ...(givenUp && workflow === 0 && { maxAttempts: 1 }),
      attempt: (actor, number) => attempt(actor, { workflowId, attempt: number }, workerOf(number)),
    });
  };
  const outcomes = Array.from({ length: workflowsOf(seed) }, (_, workflow) => start(workflow));
  if (damage) {
    const how = DAMAGES[world.random.integer(DAMAGES.length)]!;
    const vandal = world.actor(`a lease ${how}`, { mortal: false });
    void vandal.clock.sleep(world.random.integer(20_000)).then(async () => {
      const found = await truth.get(LEASE);
      world.history.push(`the lease is damaged: ${how}`);
      if (how === 'deleted') return truth.delete(LEASE);
      if (found === undefined) return undefined;
      const { bytes } = found;
      await put(LEASE, how === 'truncated' ? bytes.subarray(0, bytes.length >> 1) : bytes.fill(0x78));
    });
  }
  await world.run();
  return {
    world,
    truth,
    oracle,
    outcomes: outcomes.slice(givenUp ? 1 : 0),
    records,
    attempt,
    computed: () => computed,
  };
}

/** A stranger who comes when all is over, on a machine that has seen nothing. @returns how long he waited, by his clock */
async function strangerWaits({ world, truth, attempt }: Awaited<ReturnType<typeof simulate>>): Promise<number> {
  world.beKind();
  await truth.delete(RECORD);
  const worker = { machine: world.machine(), leaseWatch: createLeaseWatch(), sighting: { sinceMs: 0 } as Sighting };
  let beganMs: number | undefined;
  let waitedMs = Number.POSITIVE_INFINITY;
  startActivity<string>(world, {
    name: 'stranger',
    machine: () => worker.machine,
    async attempt(actor, number) {
      beganMs ??= actor.clock.monotonic();
      const store = createSimulatedStore(truth, actor);
      const claim = { ...STEP, workflowId: 'stranger', attempt: number };
      const lease = await acquireLease({ ...worker, store, clock: actor.clock, log: silentLog }, claim);
      waitedMs = actor.clock.monotonic() - beganMs;
      await lease.release();
      return attempt(actor, { workflowId: 'stranger', attempt: number }, worker);
    },
  });
  await world.run();
  return waitedMs;
}

/** @returns what is not as it should be; 10,000 times a handful of assertions would take longer than the histories */
async function problemsOf(result: Awaited<ReturnType<typeof simulate>>, isKind: boolean): Promise<string[]> {
  const { oracle, outcomes, records } = result;
  const problems = [...oracle.problems];
  if (isKind && result.computed() !== 1)
    problems.push(`computed ${result.computed()} times although nothing went wrong`);
  const [record] = records;
  if (record === undefined || records.size > 1) problems.push(`${records.size} records`);
  for (const { answers, error } of outcomes) {
    if (error !== undefined) problems.push(error instanceof Error ? error.message : 'failed for good');
    if (answers.length === 0) problems.push('no answer');
    if (answers.some((answer) => answer !== record)) problems.push(`answers ${answers.join()}, recorded ${record}`);
  }
  // Twenty seconds, the two between two attempts, and what a few requests take.
  const waitedMs = await strangerWaits(result);
  if (waitedMs >= STRANGERS_WAIT_MS + 20_000) problems.push(`a stranger waits ${waitedMs} ms`);
  return problems;
}

it(
  `lets one at a time work, hands over at once to a higher attempt, after 20 s to a stranger, and is held by nobody for ever (${HISTORIES} histories)`,
  { timeout: LIMIT_MS },
  async () => {
    const taken = { higher: 0, stranger: 0 };
    let most = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const isKind = seed % 5 === 0;
      const faults = isKind ? { budget: 0, chance: 0 } : { budget: 1 + (seed % 7), chance: 0.1 };
      const result = await simulate(seed, { faults, damage: seed % 5 === 1, givenUp: !isKind && seed % 4 < 2 });
      most = Math.max(most, result.computed());
      const problems = await problemsOf(result, isKind);
      if (problems.length > 0) await explain(seed, result.world, async () => expect(problems).toEqual([]));
      taken.higher += result.oracle.taken.higher;
      taken.stranger += result.oracle.taken.stranger;
    }
    // Else nothing was tried.
    expect(most).toBeGreaterThan(1);
    expect(taken.higher).toBeGreaterThan(HISTORIES / 20);
    expect(taken.stranger).toBeGreaterThan(HISTORIES / 50);
  },
);
