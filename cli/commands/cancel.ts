// digitflow cancel: asks a run to stop, and waits until it has.

import type { Command } from 'commander';
import { systemClock } from '../../artifacts/clock.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { reachRuns } from '../runs/reach.ts';
import { runName } from '../runs/run-name.ts';
import { isOpen, liveRun } from '../runs/live-runs.ts';
import { findRun } from '../runs/runs.ts';
import { addVerb } from '../verb.ts';
import { runDocument } from './runs.ts';

/** A step that trains writes its last checkpoint first: four seconds. The rest is for a busy machine. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 300;

export function cancelVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'cancel <run>',
    group: 'Runs:',
    summary: 'stops a run; finished steps stay finished',
    details: 'A later run with the same configuration takes up what this one made.',
    examples: [['cancel latest', 'the newest run']],
  }).action((run: string) => cancel(context, run));
}

async function cancel(context: CliContext, text: string): Promise<void> {
  const temporal = await context.temporal();
  const sources = await reachRuns(context);
  const view = await findRun(sources, text);
  if (!isOpen(view.state))
    throw new CommandFailed(
      `${text} is not running: it is ${view.state}. See \`npx digitflow show ${runName(view.identity)}\`.`,
    );
  const { workflowId, firstExecutionRunId } = view.identity;
  await temporal.client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId }).cancel();
  const until = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    const state = (await liveRun(temporal, workflowId, firstExecutionRunId))?.state ?? 'lost';
    if (!isOpen(state)) {
      const ended = await findRun(sources, runName(view.identity));
      context.terminal.document(runDocument(ended));
      return context.terminal.print(`${runName(view.identity)} is ${ended.state}`);
    }
    if (systemClock.monotonic() > until)
      throw new CommandFailed(
        `${text} was asked to stop, but still runs after ${PATIENCE_MS / 1000} s: is a worker there? See \`npx digitflow status\`.`,
      );
    await systemClock.sleep(LOOK_EVERY_MS, context.signal);
  }
}
