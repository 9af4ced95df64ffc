// The ways to a run: the store must answer, Temporal may be away.

import type { CliContext } from '../context.ts';
import { TemporalUnreachable } from '../errors.ts';
import type { RunSources } from './runs.ts';

/** Opens store and, where it answers, Temporal; says so when it doesn't. @throws as `CliContext.store` */
export async function reachRuns(context: CliContext): Promise<RunSources> {
  const [store, temporal] = await Promise.all([
    context.store(),
    context.temporal().catch((error: unknown) => {
      if (!(error instanceof TemporalUnreachable)) throw error;
      context.terminal.warn(
        context.terminal.colors.yellow('Temporal does not answer: runs without an outcome are shown as `unknown`.'),
      );
      return undefined;
    }),
  ]);
  return { store, temporal };
}
