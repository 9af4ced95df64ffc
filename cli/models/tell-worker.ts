// Tells the stack's inference worker that an alias has moved, so that it looks now and not within its next two seconds.

import { readEndpoints } from '../../config/endpoints.ts';
import type { CliContext } from '../context.ts';

/** It answers when the version is fetched, checked and held to its golden inputs. */
const LIMIT_MS = 15_000;

/**
 * `serving`: it has taken the version over. `refused`: it serves another one, `detail` says why.
 * `away`: it did not answer, and follows within two seconds of being back. `none`: this stack has none.
 */
export interface WorkerAnswer {
  state: 'serving' | 'refused' | 'away' | 'none';
  detail?: string;
}

/** Never throws: a worker that doesn't hear it finds out by itself. */
export async function tellWorker({ paths }: Pick<CliContext, 'paths'>, model: string): Promise<WorkerAnswer> {
  try {
    const url = readEndpoints(paths.endpoints)?.inference;
    if (url === undefined) return { state: 'none' };
    const target = new URL(`/v2/repository/models/${encodeURIComponent(model)}/load`, url);
    const answer = await fetch(target, { method: 'POST', signal: AbortSignal.timeout(LIMIT_MS) });
    if (answer.ok) {
      await answer.body?.cancel();
      return { state: 'serving' };
    }
    const { error } = (await answer.json()) as { error?: unknown };
    return { state: 'refused', detail: typeof error === 'string' ? error : `status ${answer.status}` };
  } catch (error) {
    return { state: 'away', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** One line for people; empty where there is nothing to say. */
export function workerLine({ state, detail }: WorkerAnswer): string {
  if (state === 'serving') return 'The inference worker serves it now.';
  if (state === 'refused') return `The inference worker does not take it: ${detail}`;
  return state === 'away' ? 'The inference worker did not answer; it follows as soon as it can.' : '';
}
