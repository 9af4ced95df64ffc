// digitflow gc: deletes what nothing needs any more.

import type { Command } from 'commander';
import { systemClock } from '../../artifacts/clock.ts';
import { collectGarbage, GRACE_MS, KEPT_RUNS, type CollectionOptions } from '../../artifacts/garbage.ts';
import { confirm } from '../confirm.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, Interrupted, WrongUse } from '../errors.ts';
import { figure, size } from '../format.ts';
import { askTemporal } from '../garbage/ask-temporal.ts';
import { durationMs } from '../garbage/duration.ts';
import { collectionDisplay } from '../garbage/progress.ts';
import { printReport, reportDocument, totalBytes } from '../garbage/report.ts';
import { reachTemporal } from '../runs/reach.ts';
import { addVerb } from '../verb.ts';

interface GcOptions {
  dryRun?: boolean;
  keepRuns: number;
  grace: number;
  yes?: boolean;
}

export function gcVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'gc',
    group: 'Models:',
    summary: 'deletes what nothing needs any more, after asking',
    details:
      'Stays: every version that was not deleted, with all it was made of; open and parked runs; the last runs; ' +
      'what is younger than the grace. Pipelines may run meanwhile.',
    examples: [
      ['gc --dry-run', 'what would go'],
      ['gc --yes', 'without asking, e.g. daily'],
      ['gc --keep-runs 5 --grace 3d', 'keeps less of the past, and all of the last three days'],
    ],
  })
    .option('--dry-run', 'lists what would go and deletes nothing')
    .option('--keep-runs <count>', 'the last runs that stay', wholeNumber('--keep-runs'), KEPT_RUNS)
    .option(
      '--grace <duration>',
      'what is younger stays: 36h, 2d; less than 24h only while nothing runs (default: 24h)',
      durationMs('--grace'),
      GRACE_MS,
    )
    .option('--yes', 'does not ask')
    .action((options: GcOptions) => gc(context, options));
}

function wholeNumber(option: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,6}$/.test(text)) return Number(text);
    throw new WrongUse(`${option}: expected a whole number, got ${JSON.stringify(text)}`);
  };
}

async function gc(context: CliContext, { dryRun = false, keepRuns, grace: graceMs, yes }: GcOptions): Promise<void> {
  const { terminal, signal } = context;
  const store = await context.store();
  const temporal = await reachTemporal(context, 'every run without an outcome counts as open');
  if (temporal === undefined && graceMs < GRACE_MS && !dryRun)
    throw new CommandFailed(
      '--grace below 24h needs to know that nothing runs, and Temporal does not answer. Start it, or leave --grace out.',
    );
  const display = collectionDisplay(terminal);
  const look = async (more: Pick<CollectionOptions, 'dryRun'>) => {
    // Asked anew each time: a run may have begun while a person thought about the question.
    const known = temporal && (await askTemporal(temporal));
    const onProgress = display.update;
    const asked = { store, clock: systemClock, graceMs, keepRuns, signal, onProgress, ...known, ...more };
    return collectGarbage(asked).finally(() => display.close());
  };
  const document = (result: Awaited<ReturnType<typeof look>>): void =>
    terminal.document(
      reportDocument(result, {
        dryRun,
        graceSeconds: graceMs / 1_000,
        keepRuns,
        temporal: temporal === undefined ? 'unreachable' : 'reachable',
      }),
    );

  if (dryRun || yes !== true) {
    const planned = await look({ dryRun: true });
    const { garbage } = planned;
    if (dryRun || garbage.length === 0) {
      document(planned);
      return printReport(terminal, planned, { dryRun });
    }
    const text = `Delete ${figure(garbage.length)} objects (${size(totalBytes(garbage))}) for good?`;
    if (!(await confirm(context, { text, yes }))) throw new Interrupted('nothing was deleted');
  }
  const result = await look({});
  document(result);
  printReport(terminal, result, { dryRun });
  if (result.end === 'over') terminal.print('There was no time for the rest: say it again.');
  if (result.end === 'unanswered')
    throw new CommandFailed('the store stopped answering in between. What is gone was garbage; say it again later.');
}
