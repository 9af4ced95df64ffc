// digitflow runs: what ran, what runs.

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { localTime, percent, table } from '../format.ts';
import { reachRuns } from '../runs/reach.ts';
import { runName } from '../runs/run-name.ts';
import { listRuns, type RunView } from '../runs/runs.ts';
import { paintState } from '../runs/state.ts';
import { addVerb, positiveInteger } from '../verb.ts';

const DEFAULT_LIMIT = 20;

export function runsVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'runs',
    group: 'Runs:',
    summary: 'lists runs, newest first',
    details: 'Works from the store alone when Temporal is down; runs without an outcome are then `unknown`.',
    examples: [
      ['runs', 'the newest twenty'],
      ['runs --limit 100 --json', 'for a script'],
    ],
    isLong: true,
  })
    .option('--limit <count>', 'how many', positiveInteger('--limit'), DEFAULT_LIMIT)
    .action(({ limit }: { limit: number }) => runs(context, limit));
}

async function runs(context: CliContext, limit: number): Promise<void> {
  const sources = await reachRuns(context);
  const views = await listRuns(sources, limit);
  const { terminal } = context;
  terminal.document({
    runs: views.map(runDocument),
    temporal: sources.temporal === undefined ? 'unreachable' : 'reachable',
  });
  if (views.length === 0) return terminal.print('No run yet. Start one with `npx digitflow train`.');
  terminal.print(
    table(
      ['run', 'state', 'started', 'model', 'accuracy'],
      views.map((view) => row(view, context)),
    ),
  );
  for (const { state, identity } of views)
    if (state === 'parked')
      terminal.print(
        terminal.colors.yellow(`${runName(identity)} needs attention: npx digitflow show ${runName(identity)}`),
      );
}

/** One run as JSON: short, the same fields always, null where nothing is known. */
export function runDocument({ identity, state, startedAt, finishedAt, stored }: RunView) {
  return {
    run: identity.workflowId,
    name: runName(identity),
    firstExecutionRunId: identity.firstExecutionRunId,
    state,
    startedAt: startedAt ?? null,
    finishedAt: finishedAt ?? null,
    model: stored.outcome?.model ?? null,
    accuracy: accuracyOf(stored.outcome?.metrics) ?? null,
  };
}

function row({ identity, state, startedAt, stored }: RunView, { terminal }: CliContext): string[] {
  const model = stored.outcome?.model;
  const accuracy = accuracyOf(stored.outcome?.metrics);
  return [
    runName(identity),
    paintState(state, terminal.colors),
    startedAt === undefined ? '' : localTime(startedAt),
    model === undefined ? '' : `${model.name} ${model.version}`,
    accuracy === undefined ? '' : percent(accuracy),
  ];
}

/** Metrics are free JSON in the records, for later versions to grow. */
export function accuracyOf(metrics: Record<string, unknown> | undefined): number | undefined {
  const accuracy = (metrics?.['test'] as { accuracy?: unknown } | undefined)?.accuracy;
  return typeof accuracy === 'number' ? accuracy : undefined;
}
