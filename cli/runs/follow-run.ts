// Watches a run to its end and tells what it came to: `train`, `start` and `show --watch` end this way.

import { pathToFileURL } from 'node:url';
import { systemClock } from '../../artifacts/clock.ts';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import type { RunResult } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { errorDocument, messageOf } from '../errors.ts';
import { watchRun } from '../progress/watch.ts';
import {
  endpointsOf,
  type OnlySummary,
  printOnly,
  printSummary,
  type RunSummary,
  summaryDocument,
} from '../summary.ts';
import { RunParked } from './parking.ts';
import { runName } from './run-name.ts';
import { reportPath, saveReport } from './save-report.ts';

/**
 * Shows the run until it ends, then its summary.
 * @param options.document false leaves the JSON document to the caller @default true
 * @throws RunEnded, RunParked (then the document tells the parking), Interrupted
 */
export async function followRun(
  context: CliContext,
  identity: RunIdentity,
  { document = true }: { document?: boolean } = {},
): Promise<RunSummary | OnlySummary> {
  const temporal = await context.temporal();
  const result = await watchRun({
    temporal,
    terminal: context.terminal,
    clock: systemClock,
    signal: context.signal,
    ...identity,
  }).catch((error: unknown) => {
    if (document && error instanceof RunParked)
      context.terminal.document({
        run: identity.workflowId,
        name: runName(identity),
        firstExecutionRunId: identity.firstExecutionRunId,
        ...errorDocument(error),
        parking: error.parking,
      });
    throw error;
  });
  if ('only' in result) {
    const summary = { ...result, endpoints: endpointsOf(context.connections()) };
    printOnly(context.terminal, result);
    if (document) context.terminal.document(summary);
    return summary;
  }
  const links = {
    report: await fetchReport(context, identity, result),
    temporalUi: temporal.runUrl(identity.workflowId, identity.firstExecutionRunId),
  };
  const summary = summaryDocument(result, context.connections(), links);
  printSummary(context.terminal, result, links);
  if (document) context.terminal.document(summary);
  return summary;
}

/** A report that can't be fetched is no reason to call a finished run failed. */
async function fetchReport(context: CliContext, identity: RunIdentity, result: RunResult): Promise<string | undefined> {
  const path = reportPath(context.paths.reports, identity);
  try {
    await saveReport(await context.store(), result.report, path);
    return pathToFileURL(path).href;
  } catch (error) {
    context.terminal.warn(`the report could not be fetched: ${messageOf(error)}`);
    return undefined;
  }
}
