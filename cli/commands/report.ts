// digitflow report: brings a run's report.html to this machine.

import type { Command } from 'commander';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { reachRuns } from '../runs/reach.ts';
import { LATEST } from '../runs/run-name.ts';
import { findRun } from '../runs/runs.ts';
import { reportOf, reportPath, saveReport } from '../runs/save-report.ts';
import { addVerb } from '../verb.ts';
import { runDocument } from './runs.ts';

interface ReportOptions {
  open?: boolean;
  to?: string;
}

export function reportVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'report [run]',
    group: 'Runs:',
    summary: "fetches a run's report: curves, confusion, worst mistakes",
    details: 'RUN is an id (its newest run), id@last8, or `latest` (the default).',
    examples: [
      ['report --open', 'the newest run, in the browser'],
      ['report my-run --to report.html', 'into a file'],
    ],
  })
    .option('--open', 'opens it in the browser')
    .option('--to <file>', 'where to write it; by default under .digitflow/reports/')
    .action((run: string | undefined, options: ReportOptions) => report(context, run ?? LATEST, options));
}

async function report(context: CliContext, text: string, options: ReportOptions): Promise<void> {
  const sources = await reachRuns(context);
  const view = await findRun(sources, text);
  const ref = await reportOf(sources.store, view.identity);
  const path =
    options.to === undefined ? reportPath(context.paths.reports, view.identity) : resolve(context.folder, options.to);
  await saveReport(sources.store, ref, path);
  const url = pathToFileURL(path).href;
  if (options.open) await openInBrowser(url);
  context.terminal.document({ ...runDocument(view), report: { file: url, ref } });
  context.terminal.print(url);
}

/** @throws CommandFailed when the system has no program for it */
function openInBrowser(url: string): Promise<void> {
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [url]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', url]]
        : ['xdg-open', [url]];
  return new Promise((done, reject) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true });
    child.once('error', (cause) => reject(new CommandFailed(`${url}: no browser could be opened`, { cause })));
    child.once('spawn', () => {
      child.unref(); // the browser outlives this command
      done();
    });
  });
}
