// digitflow logs: what the workers wrote about one run.

import type { Command } from 'commander';
import { systemClock } from '../../artifacts/clock.ts';
import type { CliContext } from '../context.ts';
import { WrongUse } from '../errors.ts';
import { type LogLine, openTail, readLog } from '../logs/log-lines.ts';
import { isOpen, liveRun } from '../runs/live-runs.ts';
import { reachRuns } from '../runs/reach.ts';
import { LATEST, runName } from '../runs/run-name.ts';
import { findRun } from '../runs/runs.ts';
import type { Terminal } from '../terminal.ts';
import { addVerb } from '../verb.ts';

const LOOK_EVERY_MS = 500;

export function logsVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'logs [run]',
    group: 'Runs:',
    summary: "shows what this machine's workers wrote about a run",
    details:
      'RUN is an id (its newest run), id@last8, or `latest` (the default). The lines come out of .digitflow/logs/.',
    examples: [
      ['logs', 'the newest run'],
      ['logs my-run --follow', 'also what comes, until the run ends'],
    ],
  })
    .option('-f, --follow', 'waits for more, until the run ends or Ctrl-C')
    .action((run: string | undefined, options: { follow?: boolean }) => logs(context, run ?? LATEST, options));
}

async function logs(context: CliContext, text: string, { follow }: { follow?: boolean }): Promise<void> {
  const { terminal, signal } = context;
  if (follow && terminal.json) throw new WrongUse('--follow never ends, --json is one document: choose one of them');
  const sources = await reachRuns(context);
  const view = await findRun(sources, text);
  const folder = context.paths.logs;
  const tail = await openTail(folder, view.identity);
  const lines = await readLog(folder, view.identity);
  terminal.document({
    run: view.identity.workflowId,
    firstExecutionRunId: view.identity.firstExecutionRunId,
    lines: lines.map(({ time, ...line }) => ({ time: new Date(time).toISOString(), ...line })),
  });
  for (const line of lines) terminal.print(pretty(line, terminal));
  if (lines.length === 0 && !follow)
    terminal.warn(`no line about ${runName(view.identity)} under ${folder}: did it run on another machine?`);
  if (!follow || !isOpen(view.state) || sources.temporal === undefined) return;
  const { workflowId, firstExecutionRunId } = view.identity;
  for (let running = true; running;) {
    // Asked before the last look, so that what a run writes at its end is shown.
    running = isOpen((await liveRun(sources.temporal, workflowId, firstExecutionRunId))?.state ?? 'lost');
    for (const line of await tail()) terminal.print(pretty(line, terminal));
    if (running) await systemClock.sleep(LOOK_EVERY_MS, signal);
  }
}

function pretty({ time, level, part, message, fields }: LogLine, { colors }: Terminal): string {
  const paint = { trace: colors.dim, debug: colors.dim, info: colors.green, warn: colors.yellow } as const;
  const painted = level === 'error' || level === 'fatal' ? colors.red(level) : paint[level](level);
  const rest = Object.entries(fields)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const clock = new Date(time).toISOString().slice(11, 23);
  return `${colors.dim(clock)} ${painted.padEnd(painted.length + 5 - level.length)} ${colors.dim(part)}  ${message}${rest === '' ? '' : `  ${colors.dim(rest)}`}`;
}
