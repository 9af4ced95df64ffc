// How people name runs: `id` (its newest), `id@first8` (one of several), `latest`.

import type { RunIdentity } from '../../artifacts/manifests.ts';
import { NotFound, WrongUse } from '../errors.ts';

export const LATEST = 'latest';

/** Characters of the first execution's run id that tell the runs of one workflow id apart. */
const SHORT_ID = 8;

export type RunName = { kind: 'latest' } | { kind: 'id'; workflowId: string; first?: string };

/** @throws WrongUse when the part after @ is not the beginning of a run id */
export function parseRunName(text: string): RunName {
  if (text === LATEST) return { kind: 'latest' };
  const at = text.lastIndexOf('@');
  if (at < 0) return { kind: 'id', workflowId: text };
  const first = text.slice(at + 1).toLowerCase();
  if (at === 0 || !/^[0-9a-f-]{4,36}$/.test(first))
    throw new WrongUse(`${text}: expected id, id@first8 (the beginning of its first run id) or \`latest\``);
  return { kind: 'id', workflowId: text.slice(0, at), first };
}

export const runName = ({ workflowId, firstExecutionRunId }: RunIdentity): string =>
  `${workflowId}@${firstExecutionRunId.slice(0, SHORT_ID)}`;

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
