// How people name runs: `id` (its newest), `id@last8` (one of several), `latest`.

import type { RunIdentity } from '../../artifacts/manifests.ts';
import { NotFound, WrongUse } from '../errors.ts';

export const LATEST = 'latest';

/**
 * Characters at the end of the first execution's run id: they are random. Temporal's ids begin with the time (UUID version
 * 7, RFC 9562): runs that were started within a minute have the first eight in common.
 */
const SHORT_ID = 8;

export type RunName = { kind: 'latest' } | { kind: 'id'; workflowId: string; part?: string };

/** @throws WrongUse when what stands after @ can't be a part of a run id */
export function parseRunName(text: string): RunName {
  if (text === LATEST) return { kind: 'latest' };
  const at = text.lastIndexOf('@');
  if (at < 0) return { kind: 'id', workflowId: text };
  const part = text.slice(at + 1).toLowerCase();
  if (at === 0 || !/^[0-9a-f-]{4,36}$/.test(part))
    throw new WrongUse(`${text}: expected id, id@last8 (the end of its first run id) or \`latest\``);
  return { kind: 'id', workflowId: text.slice(0, at), part };
}

export const runName = ({ workflowId, firstExecutionRunId }: RunIdentity): string =>
  `${workflowId}@${firstExecutionRunId.slice(-SHORT_ID)}`;

/** Thrown when no run has that name. */
export class NoSuchRun extends NotFound {
  constructor(text: string) {
    super(
      text === LATEST
        ? 'no run yet. Start one with `npx digitflow train`.'
        : `no run is named ${text}. See \`npx digitflow runs\`.`,
    );
  }
}
