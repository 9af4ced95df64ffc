// What a run came to: one document for machines, a few lines for people.

import type { ArtifactRef } from '../artifacts/store.ts';
import type { Connections } from '../config/connection.ts';
import type { OnlyResult, RunResult } from '../workflows/contract.ts';
import { percent, table } from './format.ts';
import type { Terminal } from './terminal.ts';

/** The document of `start --once`, `train` and `show`. */
export interface RunSummary extends Pick<
  RunResult,
  'run' | 'firstExecutionRunId' | 'model' | 'gate' | 'verdict' | 'metrics' | 'steps'
> {
  report: { file?: string; ref: ArtifactRef };
  endpoints: Record<string, string>;
}

/** The document of a run of one step alone. */
export interface OnlySummary extends OnlyResult {
  endpoints: Record<string, string>;
}

export interface RunLinks {
  /** `file://…` of the report on this machine. */
  report?: string | undefined;
  /** The run's page in Temporal's UI. */
  temporalUi?: string | undefined;
}

export function summaryDocument(result: RunResult, connections: Connections, links: RunLinks): RunSummary {
  const { run, firstExecutionRunId, model, gate, verdict, metrics, steps } = result;
  return {
    run,
    firstExecutionRunId,
    model,
    gate,
    verdict,
    metrics,
    steps,
    report: { ...(links.report !== undefined && { file: links.report }), ref: result.report },
    endpoints: endpointsOf(connections),
  };
}

/** URLs by part, as in endpoints.json. */
export function endpointsOf({ temporal, store, endpoints }: Connections): Record<string, string> {
  const known = Object.entries(endpoints ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && /^[a-z]+:\/\//i.test(entry[1]),
  );
  return {
    ...Object.fromEntries(known),
    temporal: temporal.address,
    ...(temporal.uiUrl !== undefined && { temporalUi: temporal.uiUrl }),
    store: store.kind === 'file' ? `file://${store.folder}` : store.endpoint,
  };
}

export function printSummary(terminal: Terminal, result: RunResult, links: RunLinks): void {
  const { colors } = terminal;
  const { accuracy, loss, bySource } = result.metrics.test;
  const { name, version, digest } = result.model;
  terminal.print();
  terminal.print(
    `${colors.green('✔')} ${colors.bold(`${name} version ${version}`)}  ${colors.dim(digest.slice(0, 12))}`,
  );
  terminal.print(`  ${result.verdict}`);
  terminal.print();
  const rows = Object.entries(bySource).map(([source, figures]) => [
    `  ${source}`,
    percent(figures.accuracy),
    percent(figures.recallAtThreshold),
    figures.count.toLocaleString('en-US'),
  ]);
  const digits = Object.values(bySource).reduce((sum, { count }) => sum + count, 0);
  terminal.print(
    table(
      ['  test split', 'accuracy', 'recall at threshold', 'digits'],
      [...rows, ['  all', percent(accuracy), '', digits.toLocaleString('en-US')]],
    ),
  );
  terminal.print(`  loss ${loss.toFixed(4)}`);
  terminal.print();
  if (links.report !== undefined) terminal.print(`  report    ${links.report}`);
  if (links.temporalUi !== undefined) terminal.print(`  Temporal  ${links.temporalUi}`);
  terminal.print(`  next      npx digitflow predict <picture>   ·   npx digitflow show ${result.run}`);
}

export function printOnly(terminal: Terminal, { only, steps, output }: OnlyResult): void {
  const { colors } = terminal;
  terminal.print();
  terminal.print(
    `${colors.green('✔')} ${only} ${steps.find(({ step }) => step === only)?.state ?? ''}  ${colors.dim(output.sha256.slice(0, 12))}`,
  );
  terminal.print('  nothing was published');
}
