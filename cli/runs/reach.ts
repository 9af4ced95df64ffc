// The ways to a run: the store must answer, Temporal may be away.

import type { CliContext } from '../context.ts';
import { TemporalUnreachable } from '../errors.ts';
import type { TemporalSession } from '../temporal.ts';
import type { RunSources } from './runs.ts';

/** Opens store and, where it answers, Temporal; says so when it doesn't. @throws as `CliContext.store` */
export async function reachRuns(context: CliContext): Promise<RunSources> {
  const [store, temporal] = await Promise.all([
    context.store(),
    reachTemporal(context, 'runs without an outcome are shown as `unknown`'),
  ]);
  return { store, temporal };
}

/** Opens Temporal where it answers. @param consequence what its absence means, for people: it is said in a warning */
export async function reachTemporal(context: CliContext, consequence: string): Promise<TemporalSession | undefined> {
  try {
    return await context.temporal();
  } catch (error) {
    if (!(error instanceof TemporalUnreachable)) throw error;
    context.terminal.warn(context.terminal.colors.yellow(`Temporal does not answer: ${consequence}.`));
    return undefined;
  }
}
