// digitflow rerun: runs again what ran before, from its records; what is known already is reused.

import type { Command } from 'commander';
import { Option } from 'commander';
import type { RerunInput } from '../../config/schema.ts';
import type { StepName } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, Refused, WrongUse } from '../errors.ts';
import { followRun } from '../runs/follow-run.ts';
import { isOpen } from '../runs/live-runs.ts';
import { reachRuns } from '../runs/reach.ts';
import { checkRerun, rerunInput } from '../runs/rerun-input.ts';
import { runName } from '../runs/run-name.ts';
import { findRun } from '../runs/runs.ts';
import { startRun } from '../runs/start-run.ts';
import { engineMatch, type EngineMatchOption, readAssignments } from '../settings.ts';
import { endpointsOf } from '../summary.ts';
import { addVerb, several } from '../verb.ts';

const STEPS: StepName[] = ['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish'];

interface RerunOptions extends EngineMatchOption {
  from?: StepName;
  only?: StepName;
  fresh?: boolean;
  verify?: boolean;
  set?: string[];
  watch?: boolean;
  detach?: boolean;
}

export function rerunVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'rerun <run>',
    group: 'Runs:',
    summary: 'runs a run again: only what changed is computed',
    details:
      'For any run that has ended, however: its configuration comes from the store, so it need not be known to Temporal.\n' +
      'RUN is an id (its newest run), id@last8, or `latest`.',
    examples: [
      ['rerun latest', 'steps whose code, inputs and parameters are the same are reused'],
      ['rerun latest --from train', 'train and what comes after it compute anew'],
      ['rerun latest --only evaluate', 'one step alone, with the recorded inputs; publishes nothing'],
      ['rerun latest --set train.seed=2 --detach --json', 'with another value, for a script'],
    ],
  })
    .addOption(new Option('--from <step>', 'this step and later ones compute, even where results stand').choices(STEPS))
    .addOption(new Option('--only <step>', 'this step alone; nothing is published').choices(STEPS))
    .option('--fresh', 'every step computes, and training begins at its first step')
    .option('--verify', 'reads every byte of what is reused and checks its digest')
    .option('--engine-match <which>', 'any: also takes results that differ in nothing but the engine', engineMatch)
    .option('--set <key=value>', 'one value, e.g. train.batchSize=32; may be repeated', several)
    .option('--watch', 'shows the run until it ends (the default)')
    .option('--detach', 'starts the run and returns')
    .action((run: string, options: RerunOptions) => rerun(context, run, options));
}

async function rerun(context: CliContext, text: string, options: RerunOptions): Promise<void> {
  if (options.watch && options.detach) throw new WrongUse('--watch and --detach exclude each other');
  checkRerun(options);
  const set = readAssignments(options.set ?? []);
  const temporal = await context.temporal();
  const sources = await reachRuns(context);
  const view = await findRun(sources, text);
  const { workflowId } = view.identity;
  if (isOpen(view.state))
    throw new CommandFailed(
      `${runName(view.identity)} is ${view.state}: ` +
        (view.state === 'parked'
          ? `\`npx digitflow retry ${workflowId}\` goes on with it.`
          : `\`npx digitflow cancel ${workflowId}\` stops it.`),
    );
  const input = await rerunInput(sources.store, view, { rerun: wordsOf(options), set });
  const summary = `reruns ${runName(view.identity)}`;
  const { identity } = await startRun(temporal, { workflowId, input, summary });
  const { terminal } = context;
  const url = temporal.runUrl(workflowId, identity.firstExecutionRunId);
  terminal.note(
    `${terminal.colors.bold(runName(identity))}${url === undefined ? '' : `  ${terminal.colors.dim(url)}`}`,
  );
  if (options.detach) {
    terminal.print(`  watch  npx digitflow show ${workflowId} --watch`);
    return terminal.document({
      run: workflowId,
      firstExecutionRunId: identity.firstExecutionRunId,
      name: runName(identity),
      endpoints: endpointsOf(context.connections()),
    });
  }
  const summaryOfRun = await followRun(context, identity);
  if ('gate' in summaryOfRun && summaryOfRun.gate === 'refused') throw new Refused(summaryOfRun.verdict);
}

function wordsOf({ from, only, fresh, verify, engineMatch }: RerunOptions): RerunInput {
  return {
    ...(from !== undefined && { from }),
    ...(only !== undefined && only !== 'publish' && { only }),
    ...(fresh && { fresh }),
    ...(verify && { verify }),
    ...(engineMatch === 'any' && { engineMatch }),
  };
}
