// What runs, as the supervisor's files tell it and the processes confirm it. Asks no server: that is the doctor's.

import { z } from 'zod';
import { type Endpoints, readEndpoints } from '../../config/endpoints.ts';
import { changedSources } from '../code-note.ts';
import { hasTraceOfKilledSupervisor } from './leftovers.ts';
import { isAlive } from './process-identity.ts';
import { livingHolder } from './process-lock.ts';
import { stackPaths } from './stack-paths.ts';
import { type PartView, readStackState } from './state-file.ts';

export interface PartStatus extends PartView {
  /** False for a part whose process is gone, and for what this stack only connects to. */
  isRunning: boolean;
  /** True when a source of it is another one now than when it started. */
  runsOlderCode: boolean;
  /** Those sources; `--json` and the hint under the table show them. */
  changedSources: string[];
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

/** A worker says when it is ready where it noted what it is made of. */
const notedCode = z.object({ codeNote: z.string() });

/** @throws DamagedHomeFile, InvalidHomeFile */
export async function stackStatus(options: { home: string }): Promise<StackStatus> {
  const { home } = options;
  const paths = stackPaths(home);
  const holder = livingHolder(paths.lock);
  const recorded = readStackState(paths.state);
  const state = holder === undefined || recorded?.nonce === holder.nonce ? recorded : undefined;
  const parts = await Promise.all(
    (state?.parts ?? []).map(async (part) => {
      const note = notedCode.safeParse(part.details).data?.codeNote;
      const changed = (note === undefined ? undefined : await changedSources(note)) ?? [];
      return {
        ...part,
        isRunning: part.process !== undefined && isAlive(part.process),
        runsOlderCode: changed.length > 0,
        changedSources: changed,
      };
    }),
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
