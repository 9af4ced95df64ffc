import { expect, it } from 'vitest';
import { createLeaseWatch } from '../../activities/lease.ts';
import { finishRun, resolveRun, type RecordDependencies } from '../../activities/records.ts';
import { runStep } from '../../activities/run-step.ts';
import { collectGarbage } from '../../artifacts/garbage.ts';
import { keys } from '../../artifacts/keys.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { movableClock } from '../support/movable-clock.ts';
import { silentLog } from '../support/silent-log.ts';

const HOUR_MS = 3_600_000;
const old = { workflowId: 'old', firstExecutionRunId: 'first' };
const again = { workflowId: 'again', firstExecutionRunId: 'first' };

it('what a run of one step alone takes from an old run outlives a collection that had already marked it as garbage', async () => {
  const clock = movableClock();
  const store = createMemoryStore({ clock });
  const dependencies = (resolved: object): RecordDependencies => ({
    store,
    clock,
    resolve: () => resolved as ReturnType<RecordDependencies['resolve']>,
    change: (configuration) => configuration,
  });
  await resolveRun(dependencies({ configuration: {}, rerun: {} }), { run: old, input: {} });
  let part = '';
  const { output } = await runStep(
    { store, clock, log: silentLog, leaseWatch: createLeaseWatch() },
    { run: { ...old, attempt: 1 }, step: 'ingest', parameters: {}, inputs: {}, codeIdentity: { bundle: 'code' } },
    async (context) => {
      const ref = await context.write(Buffer.from('images'));
      part = ref.key;
      return { output: await context.write(Buffer.from(JSON.stringify({ ref }))), summary: {} };
    },
  );
  const outcome = { state: 'failed' as const, steps: [], failure: { type: 'X', message: 'x' } };
  await finishRun(dependencies({}), { run: old, outcome, ending: 1 }, 'first');
  clock.advance(72 * HOUR_MS);

  let began = false;
  const collector: Store = {
    ...store,
    async replaceIf(key, bytes, etag) {
      // It has looked at everything and is about to say what goes: in this moment the run begins.
      if (key.startsWith(keys.collections) && !began) {
        began = true;
        const rerun = { only: 'preprocess', of: old };
        const call = { run: again, input: { rerun } };
        const { recorded } = await resolveRun(dependencies({ configuration: {}, rerun }), call);
        expect(recorded.ingest?.output).toEqual(output);
      }
      return store.replaceIf(key, bytes, etag);
    },
  };
  const named = [keys.runStep(old, 'ingest'), output.key, part];
  const askRun = async ({ workflowId }: typeof old) =>
    workflowId === 'again' ? ('open' as const) : ('closed' as const);
  await collectGarbage({ store: collector, clock, keepRuns: 0, askRun });
  expect(began).toBe(true);
  for (const key of named) expect(await store.head(key), key).toBeDefined();
  // While it is open, it keeps what it repeats from later ones.
  clock.advance(72 * HOUR_MS);
  await collectGarbage({ store, clock, keepRuns: 0, askRun });
  for (const key of named) expect(await store.head(key), key).toBeDefined();
});
