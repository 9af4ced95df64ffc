// Checks of what runs, or should run, for this home.

import type { Check } from '../doctor.ts';
import { findLeftovers } from '../leftovers.ts';
import type { StackPaths } from '../stack-paths.ts';
import type { PartStatus, StackStatus } from '../status.ts';

export function checkSupervisor({ state, supervisorPid }: StackStatus): Check {
  const name = 'supervisor';
  if (state === 'killed') {
    const fix = 'npx digitflow down, or start again: both clean up';
    return { name, state: 'warning', detail: 'it was killed and left its files behind', fix };
  }
  if (supervisorPid === undefined) return { name, state: 'ok', detail: 'no stack is running' };
  return { name, state: 'ok', detail: `process ${supervisorPid}, ${state}` };
}

export function checkLeftovers(paths: StackPaths): Check {
  const name = 'leftovers';
  const leftovers = findLeftovers(paths).map(({ part, process }) => `${part} (${process.pid})`);
  if (leftovers.length === 0) return { name, state: 'ok', detail: 'no process of an earlier stack runs' };
  return { name, state: 'warning', detail: `still running: ${leftovers.join(', ')}`, fix: 'npx digitflow down' };
}

export function checkParts({ state, parts }: StackStatus): Check[] {
  return state === 'running' || state === 'starting' ? parts.map(checkPart) : [];
}

function checkPart(part: PartStatus): Check {
  const name = `part ${part.name}`;
  const restarts = part.restarts === 0 ? '' : `, started again ${part.restarts} times, last because it ${part.reason}`;
  const detail = `${part.state}${part.url === undefined ? '' : ` at ${part.url}`}${restarts}`;
  if (part.state === 'failed') {
    return { name, state: 'failed', detail: `${detail}: ${part.reason}`, fix: `read ${part.logPath}` };
  }
  if (part.runsOlderCode) {
    return { name, state: 'warning', detail: `${detail}, running older code`, fix: 'npx digitflow down, then up' };
  }
  return { name, state: part.state === 'restarting' || part.restarts > 0 ? 'warning' : 'ok', detail };
}
