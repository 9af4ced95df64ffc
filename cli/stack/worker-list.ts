// The workers that take work from the connected Temporal, wherever they run, as `status` shows them.

import type { QueueWorker } from '../../setup/stack.ts';
import { QUEUES } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { duration } from '../format.ts';

/** Of ours: `pid@host digitflow/version (commit)`; a `+` says that its code has changes that no commit holds. */
const OURS = /^(\d+)@(\S+) digitflow\/(\S+)(?: \(([0-9a-f]+\+?)\))?$/;

export interface WorkerView extends QueueWorker {
  /** The next four are known of workers of ours. */
  host?: string;
  pid?: number;
  version?: string;
  commit?: string;
}

/** @returns none where Temporal can't tell: what else is known is told all the same */
export async function listWorkers(context: CliContext): Promise<WorkerView[]> {
  try {
    const { client, namespace } = await context.temporal();
    const { workersOf } = await import('../../setup/stack.ts');
    const found = await workersOf({ connection: client.connection, namespace }, Object.values(QUEUES));
    return found.map((worker) => ({ ...worker, ...partsOf(worker.identity) }));
  } catch {
    return [];
  }
}

/** What an identity says; nothing of one that another program chose. */
export function partsOf(identity: string): Omit<WorkerView, keyof QueueWorker> {
  const [, pid, host, version, commit] = OURS.exec(identity) ?? [];
  if (pid === undefined) return {};
  return { host: host!, pid: Number(pid), version: version!, ...(commit !== undefined && { commit }) };
}

export const workerRow = ({ identity, host, pid, version, commit, queues, lastSeenAt }: WorkerView): string[] => [
  host ?? identity,
  pid === undefined ? '' : String(pid),
  [version, commit].filter(Boolean).join(' '),
  queues.join(', '),
  `${duration((Date.now() - Date.parse(lastSeenAt)) / 1000)} ago`,
];
