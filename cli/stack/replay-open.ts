// Asks a process of its own whether the workflows of this checkout go on from every open one: replaying needs Temporal's
// worker, which no other verb loads.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { checkoutFolder } from '../../config/home.ts';
import type { Check } from '../../setup/stack.ts';
import type { CliContext } from '../context.ts';

interface Replayed {
  workflowId: string;
  runId: string;
  error?: string;
}

/** Bundling takes seconds, a long history a part of one. */
const TIMEOUT_MS = 600_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** One check for all that go on, and one for each that would not. */
export async function replayOpen({ environment, signal }: CliContext): Promise<Check[]> {
  const name = 'open workflows';
  let replayed: Replayed[];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'workers/replay-open.ts'], {
      cwd: checkoutFolder,
      env: environment,
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_BYTES,
      signal,
    });
    ({ replayed } = JSON.parse(stdout) as { replayed: Replayed[] });
  } catch (error) {
    const detail = `they can't be replayed: ${(error as Error).message.split('\n')[0]}`;
    return [{ name, state: 'failed', detail, fix: 'npx digitflow status' }];
  }
  const broken = replayed.filter(({ error }) => error !== undefined);
  const whole: Check = {
    name,
    state: 'ok',
    detail: `${replayed.length - broken.length} of ${replayed.length} go on with the workflows of this checkout`,
  };
  return [
    ...(broken.length === 0 ? [whole] : []),
    ...broken.map(({ workflowId, error }): Check => ({
      name,
      state: 'failed',
      detail: `${workflowId} would break: ${error!.split('\n')[0]}`,
      fix: 'guard the change with patched(), or let it end with the code of before',
    })),
  ];
}
