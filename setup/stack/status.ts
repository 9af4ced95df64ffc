// What runs, as the supervisor's files tell it and the processes confirm it. Asks no server: that is the doctor's.

import { type Endpoints, readEndpoints } from '../../config/endpoints.ts';
import { hasTraceOfKilledSupervisor } from './leftovers.ts';
import { isAlive } from './process-identity.ts';
import { livingHolder } from './process-lock.ts';
import { stackPaths } from './stack-paths.ts';
import { type PartView, readStackState } from './state-file.ts';

export interface PartStatus extends PartView {
  /** False for a part whose process is gone, and for what this stack only connects to. */
  isRunning: boolean;
  /** True when it said another code identity than the checkout has now. */
  runsOlderCode: boolean;
}

export interface StackStatus {
  home: string;
  /** `killed`: a supervisor ended without stopping its parts; the next start, or `down`, cleans up. */
  state: 'starting' | 'running' | 'stopping' | 'stopped' | 'killed';
  supervisorPid: number | undefined;
  /** ISO 8601. */
  startedAt: string | undefined;
  endpoints: Endpoints | undefined;
  parts: PartStatus[];
}

/** Says of a worker's details, as it sent them when ready, whether they tell of code the checkout no longer has. */
export type IsOlderCode = (part: string, details: Record<string, unknown>) => boolean | Promise<boolean>;

/** @throws DamagedHomeFile, InvalidHomeFile */
export async function stackStatus(options: { home: string; isOlderCode?: IsOlderCode }): Promise<StackStatus> {
  const { home, isOlderCode = () => false } = options;
  const paths = stackPaths(home);
  const holder = livingHolder(paths.lock);
  const recorded = readStackState(paths.state);
  const state = holder === undefined || recorded?.nonce === holder.nonce ? recorded : undefined;
  const parts = await Promise.all(
    (state?.parts ?? []).map(async (part) => ({
      ...part,
      isRunning: part.process !== undefined && isAlive(part.process),
      runsOlderCode: part.details !== undefined && (await isOlderCode(part.name, part.details)),
    })),
  );
  return {
    home,
    state:
      holder === undefined ? (hasTraceOfKilledSupervisor(paths) ? 'killed' : 'stopped') : runningState(state?.state),
    supervisorPid: holder?.pid,
    startedAt: state?.startedAt,
    endpoints: holder === undefined ? undefined : readEndpoints(paths.endpoints),
    parts,
  };
}

function runningState(state: 'starting' | 'ready' | 'stopping' | undefined): 'starting' | 'running' | 'stopping' {
  return state === 'ready' ? 'running' : (state ?? 'starting');
}
