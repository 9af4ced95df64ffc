// digitflow retry, skip, abort: a person's word about a run that waits for one.

import type { Command } from 'commander';
import type { Decided } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { Refused } from '../errors.ts';
import { followRun } from '../runs/follow-run.ts';
import { decide } from '../runs/parking.ts';
import { runName } from '../runs/run-name.ts';
import type { RunView } from '../runs/runs.ts';
import { readAssignments } from '../settings.ts';
import { restartOlder, type Restarted } from '../stack/restart-older.ts';
import { addVerb, several } from '../verb.ts';

export function retryVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'retry <run>',
    group: 'Runs:',
    summary: 'goes on with the step that a parked run waits at',
    details:
      'Finished steps stay finished. --set changes values of that step and of later ones; the record of the run keeps both.\n' +
      'RUN is an id (its newest run), id@last8, or `latest`.',
    examples: [
      ['retry latest', 'after the cause was mended; workers that run older code are restarted first'],
      ['retry my-run --set train.batchSize=32 --watch', 'with another value, and follows the run'],
    ],
  })
    .option('--set <key=value>', 'one value, e.g. train.batchSize=32; may be repeated', several)
    .option('--no-restart', 'leaves workers that run older code than the checkout has')
    .option('--watch', 'follows the run until it ends')
    .action((run: string, options: RetryOptions) => retry(context, run, options));
}

export function skipVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'skip <run>',
    group: 'Runs:',
    summary: 'goes on without the step that a parked run waits at',
    details: 'Only augment can be left out: the pool is then made of the train split as it is.',
    examples: [['skip latest', 'the newest run']],
  }).action(async (run: string) => tell(context, await decide(context, run, { update: 'skipStep' })));
}

export function abortVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'abort <run>',
    group: 'Runs:',
    summary: 'ends a parked run',
    details: 'Finished steps stay finished: a later run with the same configuration takes them up.',
    examples: [['abort latest --reason "the images were wrong"', 'the newest run']],
  })
    .requiredOption('--reason <text>', 'why; kept in the record of the run')
    .action(async (run: string, { reason }: { reason: string }) =>
      tell(context, await decide(context, run, { update: 'abort', reason })),
    );
}

interface RetryOptions {
  set?: string[];
  restart: boolean;
  watch?: boolean;
}

async function retry(
  context: CliContext,
  text: string,
  { set: assignments, restart, watch }: RetryOptions,
): Promise<void> {
  const set = readAssignments(assignments ?? []);
  const restarted = restart ? await restartOlder(context) : [];
  const done = await decide(context, text, { update: 'retryStep', set });
  if (!watch) return tell(context, done, restarted);
  const ended = await followRun(context, done.view.identity);
  if ('gate' in ended && ended.gate === 'refused') throw new Refused(ended.verdict);
}

const WORDS = { retry: 'goes on with', skip: 'goes on without', abort: 'is aborted at' } as const;

function tell(
  { terminal }: CliContext,
  { view, decided }: { view: RunView; decided: Decided },
  restarted?: readonly Restarted[],
): void {
  const { workflowId, firstExecutionRunId } = view.identity;
  const name = runName(view.identity);
  terminal.document({ run: workflowId, name, firstExecutionRunId, ...decided, ...(restarted && { restarted }) });
  terminal.print(`${name} ${WORDS[decided.decision]} ${decided.step}`);
  if (decided.decision !== 'abort') terminal.print(`  watch  npx digitflow show ${name} --watch`);
}
