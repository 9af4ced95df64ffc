// What must be true after any run, however it was disturbed.

import { systemClock } from '../../artifacts/clock.ts';
import { collectGarbage } from '../../artifacts/garbage.ts';
import { getBlob } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  parseOutcome,
  parseRunStepRecord,
  parseTrainingManifest,
  type RunIdentity,
} from '../../artifacts/manifests.ts';
import { listVersions, readAliases } from '../../artifacts/registry.ts';
import type { RunResult } from '../../workflows/contract.ts';
import type { Lane } from './lane.ts';

const MODEL = 'digits';

export interface Checked {
  stateSha256: string | undefined;
  problems: string[];
}

export async function checkRun(lane: Lane, run: RunIdentity): Promise<Checked> {
  const { store } = lane;
  const problems: string[] = [];
  const outcome = await store.get(keys.outcome(run));
  if (outcome === undefined) problems.push('no outcome was recorded');
  else {
    const { state, failure } = parseOutcome(outcome.bytes);
    if (state !== 'completed') problems.push(`the outcome is ${state}: ${failure?.message ?? 'no reason'}`);
  }
  const versions = await listVersions(store, MODEL);
  if (versions.map(({ version }) => version).join() !== '1')
    problems.push(`versions ${versions.map(({ version }) => version).join(', ') || 'none'}, expected exactly 1`);
  const { champion, moves } = await readAliases(store, MODEL);
  const history = moves.map(({ alias, from, to }) => `${alias} ${from ?? 'none'} → ${to}`).join(', ');
  if (champion !== 1 || history !== 'champion none → 1')
    problems.push(`alias history "${history}", expected one move of champion to 1`);
  return { stateSha256: await stateOf(lane, run), problems };
}

/** Deletes what nothing reaches; a second look then has to find nothing, and a repeated run everything it wants. */
export async function checkCollection(lane: Lane, repeat: () => Promise<RunResult>): Promise<string[]> {
  const { store, client } = lane;
  const options = {
    // Leases of killed workers count for two minutes: those have passed.
    store: { ...store, now: async () => (await store.now()) + 180_000 },
    clock: systemClock,
    graceMs: 0,
    keepRuns: 1,
    askRun: async ({ workflowId, firstExecutionRunId }: RunIdentity) =>
      (await client.workflow.getHandle(workflowId, firstExecutionRunId).describe()).status.name === 'RUNNING'
        ? ('open' as const)
        : ('closed' as const),
  };
  const { end } = await collectGarbage(options);
  const { garbage } = await collectGarbage({ ...options, dryRun: true });
  const { steps, gate, model } = await repeat();
  const computed = steps.filter(({ state }) => state !== 'reused').map(({ step, state }) => `${step} ${state}`);
  return [
    ...(end === 'done' ? [] : [`the collection ended ${end}`]),
    ...(garbage.length === 0 ? [] : [`after a collection, unreachable: ${garbage.map(({ key }) => key).join(', ')}`]),
    ...(computed.length === 0 ? [] : [`after a collection, a repeated run had ${computed.join(', ')}`]),
    ...(gate === 'unchanged' && model.version === 1 ? [] : [`a repeated run: version ${model.version}, gate ${gate}`]),
  ];
}

async function stateOf({ store }: Lane, run: RunIdentity): Promise<string | undefined> {
  const record = await store.get(keys.runStep(run, 'train'));
  if (record === undefined) return undefined;
  const { output } = parseRunStepRecord(record.bytes);
  return parseTrainingManifest(await getBlob(store, output), output.key).state.sha256;
}
