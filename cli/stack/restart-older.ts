// Before a run goes on after a fix: workers of this home that still run the code from before it are restarted.

import { homeFolder } from '../../config/home.ts';
import type { CliContext } from '../context.ts';

export interface Restarted {
  part: string;
  /** Sources that had changed since it started. */
  changed: readonly string[];
}

/** Nothing happens where none runs older code, or no stack of this home runs. @throws PartFailed, NotReady */
export async function restartOlder({ environment, terminal }: CliContext): Promise<Restarted[]> {
  const { restartOlderWorkers } = await import('../../setup/stack.ts');
  const restarted = await restartOlderWorkers({
    home: homeFolder(environment),
    onRestart: ({ name, changedSources }) => terminal.note(`${olderCode(name, changedSources)}: restarting it`),
  });
  return restarted.map(({ part, changed }) => ({ part, changed }));
}

/** e.g. `pipeline-worker is running older code (ml/train.ts and 2 more changed since it started)`. */
export function olderCode(part: string, changed: readonly string[]): string {
  const rest = changed.length === 1 ? '' : ` and ${changed.length - 1} more`;
  return `${part} is running older code (${changed[0]}${rest} changed since it started)`;
}
