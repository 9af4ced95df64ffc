// Runs as people see them: the store's records joined with what Temporal knows. Either may be away.

import type { RunIdentity } from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { WrongUse } from '../errors.ts';
import type { TemporalSession } from '../temporal.ts';
import { isOpen, liveRun, liveRuns, type LiveRun, type LiveState } from './live-runs.ts';
import { NoSuchRun, parseRunName, runName } from './run-name.ts';
import { readStoredRun, storedIdentities, type StoredRun } from './stored-runs.ts';

/** `unknown`: without an outcome, and Temporal can't be asked. */
export type RunState = LiveState | 'aborted' | 'abandoned' | 'unknown';

export interface RunView {
  identity: RunIdentity;
  state: RunState;
  startedAt?: string;
  finishedAt?: string;
  stored: StoredRun;
}

export interface RunSources {
  store: Store;
  /** Undefined when Temporal can't be reached. */
  temporal: TemporalSession | undefined;
}

/** The newest runs, newest first. */
export async function listRuns({ store, temporal }: RunSources, limit: number): Promise<RunView[]> {
  const identities = (await storedIdentities(store)).slice(0, limit);
  const open = temporal === undefined ? [] : await liveRuns(temporal, { limit, only: 'open' });
  const views = await Promise.all(
    identities.map((identity) => viewRun({ store, temporal }, identity, open.find(isRun(identity)))),
  );
  // A run that has only just begun, or whose input was refused, has no record yet.
  const known = new Set(identities.map(({ firstExecutionRunId }) => firstExecutionRunId));
  for (const { identity, ...live } of temporal === undefined ? [] : await liveRuns(temporal, { limit }))
    if (!known.has(identity.firstExecutionRunId) && (await readStoredRun(store, identity)).record === undefined) {
      known.add(identity.firstExecutionRunId);
      views.push({ identity, ...live, stored: { identity } });
    }
  return views.sort((a, b) => Date.parse(b.startedAt ?? '') - Date.parse(a.startedAt ?? '')).slice(0, limit);
}

/**
 * Finds a run by the name a person gave: the end of its id, or the beginning of it.
 * @throws NoSuchRun; WrongUse for a name that can't be one, or is that of several
 */
export async function findRun({ store, temporal }: RunSources, text: string): Promise<RunView> {
  const name = parseRunName(text);
  if (name.kind === 'latest') {
    const [newest] = await listRuns({ store, temporal }, 1);
    if (newest === undefined) throw new NoSuchRun(text);
    return newest;
  }
  const { workflowId, part } = name;
  const stored = await storedIdentities(store, workflowId);
  const live = temporal === undefined ? undefined : await liveRun(temporal, workflowId);
  const identities = [...(live === undefined ? [] : [live.identity]), ...stored];
  const identity = part === undefined ? identities[0] : oneNamed(identities, part, text);
  if (identity === undefined) throw new NoSuchRun(text);
  return viewRun({ store, temporal }, identity, live !== undefined && isRun(identity)(live) ? live : undefined);
}

/** @throws WrongUse when it is the name of several */
function oneNamed(identities: readonly RunIdentity[], part: string, text: string): RunIdentity | undefined {
  const by = (isNamed: (runId: string) => boolean): Map<string, RunIdentity> =>
    new Map(
      identities
        .filter(({ firstExecutionRunId }) => isNamed(firstExecutionRunId))
        .map((identity) => [identity.firstExecutionRunId, identity]), // one may be known to both
    );
  const ending = by((runId) => runId.endsWith(part));
  const found = [...(ending.size > 0 ? ending : by((runId) => runId.startsWith(part))).values()];
  if (found.length > 1) throw new WrongUse(`${text}: expected one run, got ${found.map(runName).join(', ')}`);
  return found[0];
}

const isRun =
  ({ workflowId, firstExecutionRunId }: RunIdentity) =>
  ({ identity }: LiveRun): boolean =>
    identity.workflowId === workflowId && identity.firstExecutionRunId === firstExecutionRunId;

/** @param known what Temporal said of the run just now, where it was asked */
async function viewRun({ store, temporal }: RunSources, identity: RunIdentity, known?: LiveRun): Promise<RunView> {
  const stored = await readStoredRun(store, identity);
  const { record, outcome } = stored;
  // After a reset a run that has an outcome goes on.
  if (outcome !== undefined && !(known !== undefined && isOpen(known.state)))
    return {
      identity,
      state: outcome.state,
      ...(record !== undefined && { startedAt: record.startedAt }),
      finishedAt: outcome.finishedAt,
      stored,
    };
  const live =
    known ??
    (temporal === undefined ? undefined : await liveRun(temporal, identity.workflowId, identity.firstExecutionRunId));
  const startedAt = record?.startedAt ?? live?.startedAt;
  return {
    identity,
    state: live?.state ?? (temporal === undefined ? 'unknown' : 'lost'),
    ...(startedAt !== undefined && { startedAt }),
    ...(live?.finishedAt !== undefined && { finishedAt: live.finishedAt }),
    stored,
  };
}
