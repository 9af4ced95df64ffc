import { expect, it } from 'vitest';
import { createLeaseWatch } from '../../activities/lease.ts';
import { runStep, type StepResult } from '../../activities/run-step.ts';
import { stepKeyOf } from '../../activities/step-key.ts';
import { getBlob, putBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseRunStepRecord, parseStepRecord } from '../../artifacts/manifests.ts';
import { createMemoryStore, type MemoryStore } from '../../artifacts/memory-store.ts';
import { silentLog } from '../support/silent-log.ts';
import { startActivity } from './activity.ts';
import { explain, LIMIT_MS, SEEDS } from './seeds.ts';
import { createSimulatedStore, type SimulatedStoreOptions } from './simulated-store.ts';
import { createWorld, type Faults } from './world.ts';

const WORKFLOWS = 3;
const KEY_PARTS = { step: 'train', parameters: { seed: 1 }, codeIdentity: { bundle: 'code' } };

interface Scenario {
  faults: Faults;
  store?: SimulatedStoreOptions;
}

/** Several workflows want the same step at once; what it computes differs each time, so that adopting is seen. */
async function simulate(seed: number, { faults, store: options }: Scenario) {
  const world = createWorld(seed, faults);
  const truth = createMemoryStore();
  const input = (await putBlob(truth, Buffer.from('the input'))).ref;
  const identity = { ...KEY_PARTS, inputs: { input } };
  const recordKey = keys.step('train', stepKeyOf(identity).stepKey);
  const recordStates = watchStates(truth, recordKey);
  // Two workers share the attempts; what one has seen of a lease, it has seen by its own clock.
  const workers = [0, 1].map(() => ({ machine: world.machine(), leaseWatch: createLeaseWatch() }));
  let computed = 0;

  const outcomes = Array.from({ length: WORKFLOWS }, (_, workflow) =>
    startActivity<StepResult>(world, {
      name: `workflow-${workflow}`,
      machine: (attempt) => workers[(workflow + attempt) % workers.length]!.machine,
      async attempt(actor, attempt) {
        const store = createSimulatedStore(truth, actor, options);
        const { leaseWatch } = workers[(workflow + attempt) % workers.length]!;
        const run = { workflowId: `workflow-${workflow}`, firstExecutionRunId: 'first', attempt };
        return runStep(
          { store, clock: actor.clock, log: silentLog, leaseWatch },
          { ...identity, run },
          async (context) => {
            const nonce = computed++;
            await context.read(input);
            await actor.clock.sleep(world.random.integer(30_000), context.signal);
            const part = await context.write(Buffer.from(`part of ${nonce}`));
            const output = await context.write(Buffer.from(JSON.stringify({ part, nonce })));
            return { output, summary: { nonce } };
          },
        );
      },
    }),
  );
  await world.run();
  return { world, truth, outcomes, recordKey, recordStates, computed: () => computed };
}

/** Every state that the object under the key ever had. */
function watchStates(store: MemoryStore, key: string): string[] {
  const states: string[] = [];
  const put = store.put.bind(store);
  store.put = async (writtenKey, bytes) => {
    if (writtenKey === key) states.push(Buffer.from(bytes).toString());
    return put(writtenKey, bytes);
  };
  return states;
}

async function expectOneTruth(result: Awaited<ReturnType<typeof simulate>>): Promise<void> {
  const { truth, outcomes, recordKey, recordStates } = result;
  expect(new Set(recordStates).size, 'states of the record').toBe(1);
  const record = parseStepRecord((await truth.get(recordKey))!.bytes, recordKey);
  for (const [workflow, { answers, error }] of outcomes.entries()) {
    expect(error, 'error').toBeUndefined();
    expect(answers.length, 'answers').toBeGreaterThan(0);
    for (const answer of answers) expect(answer.output).toEqual(record.output);
    const runKey = keys.runStep({ workflowId: `workflow-${workflow}`, firstExecutionRunId: 'first' }, 'train');
    const runRecord = parseRunStepRecord((await truth.get(runKey))!.bytes, runKey);
    expect(runRecord.output).toEqual(record.output);
  }
  for (const blob of record.blobs) await getBlob(truth, blob);
}

it(`finishes a step once, whatever is stopped or lost (${SEEDS} histories)`, { timeout: LIMIT_MS }, async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const result = await simulate(seed, { faults: { budget: 6, chance: 0.08 } });
    await explain(seed, result.world, () => expectOneTruth(result));
  }
});

it(`computes once where nothing is stopped or lost (${SEEDS / 4} histories)`, { timeout: LIMIT_MS }, async () => {
  for (let seed = 0; seed < SEEDS / 4; seed++) {
    const result = await simulate(seed, { faults: { budget: 0, chance: 0 } });
    await explain(seed, result.world, async () => {
      await expectOneTruth(result);
      expect(result.computed()).toBe(1);
      expect(
        result.outcomes.flatMap(({ answers }) => answers).filter(({ state }) => state === 'computed'),
      ).toHaveLength(1);
    });
  }
});

it(`stays right when leases hold nobody off (${SEEDS / 2} histories)`, { timeout: LIMIT_MS }, async () => {
  let most = 0;
  for (let seed = 0; seed < SEEDS / 2; seed++) {
    const lawless = (key: string): boolean => key.startsWith(keys.leases);
    const result = await simulate(seed, { faults: { budget: 4, chance: 0.05 }, store: { lawless } });
    await explain(seed, result.world, () => expectOneTruth(result));
    most = Math.max(most, result.computed());
  }
  expect(most, 'computations at the same time').toBeGreaterThan(1); // else nothing was tried
});

it('has equal histories for equal seeds', async () => {
  const scenario: Scenario = { faults: { budget: 6, chance: 0.08 } };
  const [first, second] = [await simulate(7, scenario), await simulate(7, scenario)];
  expect(second.world.history).toEqual(first.world.history);
});
