// digitflow show: one run with its steps, its configuration and what came of it.

import type { Command } from 'commander';
import type { ParkingRecord } from '../../artifacts/manifests.ts';
import type { Parking } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { duration, localTime, percent } from '../format.ts';
import { signOf, stepText } from '../progress/lines.ts';
import type { Gauge } from '../progress/meter.ts';
import { differencesFromDefaults, type Difference } from '../runs/differences.ts';
import { followRun } from '../runs/follow-run.ts';
import { isOpen } from '../runs/live-runs.ts';
import { askParking, parkingOfRecord, whatToDo } from '../runs/parking.ts';
import { reachRuns } from '../runs/reach.ts';
import { LATEST, runName } from '../runs/run-name.ts';
import { findRun, type RunSources, type RunView } from '../runs/runs.ts';
import { paintState } from '../runs/state.ts';
import { readStepViews, type ShownStep } from '../runs/step-views.ts';
import { readParkings } from '../runs/stored-runs.ts';
import { addVerb } from '../verb.ts';
import { accuracyOf, runDocument } from './runs.ts';

export function showVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'show [run]',
    group: 'Runs:',
    summary: 'shows one run: steps, configuration, outcome',
    details: 'RUN is an id (its newest run), id@last8, or `latest` (the default).',
    examples: [
      ['show', 'the newest run'],
      ['show my-run --watch', 'follows it to its end'],
      ['show my-run@4f1c22ab --json', 'a certain one of several runs of that id'],
    ],
    isLong: true,
  })
    .option('--watch', 'follows the run until it ends')
    .action((run: string | undefined, options: { watch?: boolean }) => show(context, run ?? LATEST, options));
}

async function show(context: CliContext, text: string, { watch }: { watch?: boolean }): Promise<void> {
  const sources = await reachRuns(context);
  const view = await findRun(sources, text);
  if (watch && view.state === 'unknown')
    throw new CommandFailed(`${text} cannot be watched: Temporal does not answer. See \`npx digitflow status\`.`);
  if (watch && isOpen(view.state)) {
    await followRun(context, view.identity);
    return;
  }
  const steps = await readStepViews(sources, view);
  const differences = differencesFromDefaults(view.stored.record?.configuration ?? {});
  const parkings = await readParkings(sources.store, view.identity);
  const parking = await openParking(sources, view, parkings);
  const temporalUi = sources.temporal?.runUrl(view.identity.workflowId, view.identity.firstExecutionRunId);
  context.terminal.document({
    ...runDocument(view),
    steps,
    configuration: view.stored.record?.configuration ?? null,
    differences,
    metrics: view.stored.outcome?.metrics ?? null,
    failure: view.stored.outcome?.failure ?? null,
    parking: parking ?? null,
    parkings: parkings.map(parkingDocument),
    temporalUi: temporalUi ?? null,
  });
  print(context, { view, steps, differences, parking, parkings, temporalUi });
}

interface Shown {
  view: RunView;
  steps: ShownStep[];
  differences: Difference[];
  parking: Parking | undefined;
  parkings: ParkingRecord[];
  temporalUi: string | undefined;
}

/** What the run itself says; where no worker answers, what its records do. */
async function openParking(
  { temporal }: RunSources,
  { state, identity }: RunView,
  parkings: ParkingRecord[],
): Promise<Parking | undefined> {
  if (state !== 'parked' && state !== 'unknown') return undefined;
  const asked =
    temporal === undefined ? undefined : await askParking(temporal, identity.workflowId).catch(() => undefined);
  const recorded = parkings.findLast(({ decision }) => decision === undefined);
  return asked ?? (recorded && parkingOfRecord(recorded));
}

/** Without the configurations: what was changed says enough. */
function parkingDocument({ parkingId, step, parkedAt, failure, decision }: ParkingRecord) {
  const { configuration: _, ...decided } = decision ?? {};
  return { parkingId, step, parkedAt, failure, decision: decision === undefined ? null : decided };
}

function print({ terminal }: CliContext, { view, steps, differences, parking, parkings, temporalUi }: Shown): void {
  const { colors } = terminal;
  const { outcome } = view.stored;
  terminal.print(`${colors.bold(runName(view.identity))}  ${paintState(view.state, colors)}  ${times(view)}`);
  terminal.print();
  for (const step of steps) {
    const key = step.stepKey === undefined ? '' : `  ${colors.dim(step.stepKey.slice(0, 12))}`;
    terminal.print(
      ` ${signOf(step.state, colors)} ${stepText({ view: step, gauge: gaugeOf(step), activities: [] }, false)}${key}`,
    );
    for (const warning of step.warnings ?? []) terminal.print(`     ${colors.yellow(warning)}`);
  }
  for (const { step, parkedAt, failure, decision } of parkings)
    if (decision !== undefined)
      terminal.print(
        `   ${colors.dim(`${step} was parked at ${localTime(parkedAt)} (${failure.type}); then: ${decisionText(decision)}`)}`,
      );
  terminal.print();
  if (parking !== undefined) {
    for (const line of whatToDo(runName(view.identity), parking)) terminal.print(colors.yellow(line));
    terminal.print();
  }
  terminal.print(
    differences.length === 0 ? 'configuration: the defaults' : 'configuration, where it differs from the defaults:',
  );
  for (const { key, value, default: usual } of differences)
    terminal.print(
      `  ${key} = ${shortJson(value)}${usual === undefined ? '' : colors.dim(`  (default ${shortJson(usual)})`)}`,
    );
  if (outcome?.model !== undefined) {
    const accuracy = accuracyOf(outcome.metrics);
    terminal.print();
    terminal.print(
      `model    ${outcome.model.name} version ${outcome.model.version}  ${colors.dim(outcome.model.digest.slice(0, 12))}`,
    );
    if (accuracy !== undefined) terminal.print(`accuracy ${percent(accuracy)} on the test split`);
    terminal.print(`report   npx digitflow report ${runName(view.identity)} --open`);
  }
  if (outcome?.state !== 'cancelled' && outcome?.failure !== undefined) {
    terminal.print();
    terminal.print(
      colors.red(
        `${outcome.failure.type}${outcome.failure.step === undefined ? '' : ` in ${outcome.failure.step}`}: ${outcome.failure.message}`,
      ),
    );
  }
  if (temporalUi !== undefined) terminal.print(`Temporal ${temporalUi}`);
}

function decisionText({ kind, set, reason, author }: NonNullable<ParkingRecord['decision']>): string {
  const values = Object.entries(set ?? {}).map(([key, value]) => ` ${key}=${shortJson(value)}`);
  return `${kind}${values.join('')}${reason === undefined ? '' : `: ${reason}`}${author === undefined ? '' : ` (${author})`}`;
}

const gaugeOf = ({ progress }: ShownStep): Gauge | undefined =>
  progress === undefined ? undefined : { ...progress, figures: progress.figures ?? {} };

function times({ startedAt, finishedAt }: RunView): string {
  if (startedAt === undefined) return '';
  const took =
    finishedAt === undefined ? '' : `, took ${duration((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)}`;
  return `started ${localTime(startedAt)}${took}`;
}

const shortJson = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
};
