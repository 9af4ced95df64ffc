// digitflow start: what `npm start` runs. The stack, a run of the pipeline, and then the stack goes on until Ctrl-C.

import type { Command } from 'commander';
import { canonicalDigest } from '../../artifacts/canonical.ts';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import type { StoreChoice } from '../../setup/stack.ts';
import type { TrainPipelineInput } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { Interrupted, messageOf, WrongUse } from '../errors.ts';
import { followRun } from '../runs/follow-run.ts';
import { askParking, RunParked, send } from '../runs/parking.ts';
import { startRun } from '../runs/start-run.ts';
import {
  engineMatch,
  type EngineMatchOption,
  engineOption,
  readSettings,
  type SettingOptions,
  type Settings,
  withEngineMatch,
  presetOption,
} from '../settings.ts';
import type { Stack } from '../stack/open-stack.ts';
import { storeChoice } from '../stack/store-choice.ts';
import { endpointsOf } from '../summary.ts';
import type { TemporalSession } from '../temporal.ts';
import { addVerb, several } from '../verb.ts';

interface StartOptions extends SettingOptions, EngineMatchOption {
  once?: boolean;
  train: boolean;
  verify?: boolean;
  store: StoreChoice;
}

export function startVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'start',
    group: 'Stack:',
    summary: 'starts everything, trains a model, shows where to look',
    details:
      'Starts Temporal, the object store and the workers, or uses those that run already, then runs the pipeline.\n' +
      'Steps that were done before are reused: a second start is ready in seconds. Ctrl-C stops all in order;\n' +
      'a run that was going on then goes on at the next start.',
    examples: [
      ['start', 'until Ctrl-C'],
      ['start --once --json', 'one run, stops what it started, prints a summary'],
      ['start --no-train', 'the servers and workers alone'],
      ['start --preset quick', 'a small run on a part of the built-in digits'],
      ['start --engine wasm', "without TensorFlow's library: where no compiler is, or no Python"],
    ],
  })
    .option('--once', 'stops what it started when the run has ended')
    .option('--no-train', 'starts no run')
    .option('--store <kind>', 'minio, or file: objects as plain files in the home', storeChoice, 'minio')
    .option('--verify', 'reads every byte of what is reused and checks its digest')
    .option('--config <file>', 'run configuration as JSON; the other options win over it')
    .addOption(presetOption())
    .addOption(engineOption())
    .option('--set <key=value>', 'one value, e.g. train.trainSteps=500; may be repeated', several)
    .option('--engine-match <which>', 'any: also takes results that differ in nothing but the engine', engineMatch)
    .action((options: StartOptions) => start(context, options));
}

async function start(context: CliContext, options: StartOptions): Promise<void> {
  if (options.once && !options.train)
    throw new WrongUse('--once ends with a run, --no-train makes none: choose one of them');
  const settings = readSettings(options, context.folder);
  const input = withEngineMatch(settings.input, options);
  const { openStack } = await import('../stack/open-stack.ts');
  const stack = await openStack(context, { ...options, serves: options.once !== true });
  try {
    const { terminal } = context;
    if (options.train)
      await runPipeline(
        context,
        { ...settings, input },
        { stack, isLast: options.once === true, verify: options.verify === true },
      );
    else terminal.document({ endpoints: endpointsOf(context.connections()) });
    if (options.once) return;
    await serve(context, stack);
  } finally {
    await context.close(); // the client first: it would complain about the server that is being stopped
    await stack.stop();
  }
}

/**
 * The run's id comes from its configuration: a run that an earlier start left unfinished is watched, not made twice.
 * A finished one is run again, which costs nothing where its steps can be reused.
 */
async function runPipeline(
  context: CliContext,
  { input, resolved }: Omit<Settings, 'input'> & { input: TrainPipelineInput },
  { stack, isLast, verify }: { stack: Stack; isLast: boolean; verify: boolean },
): Promise<void> {
  const temporal = await context.temporal();
  const workflowId = `${resolved.publish.model}-start-${canonicalDigest(input).slice(0, 8)}`;
  const { identity, joined } = await startRun(temporal, {
    workflowId,
    input: verify ? { ...input, rerun: { ...input.rerun, verify } } : input,
    summary: `trains ${resolved.publish.model}`,
    join: true,
  });
  const { terminal } = context;
  const url = temporal.runUrl(workflowId, identity.firstExecutionRunId);
  terminal.note('');
  terminal.note(
    `${terminal.colors.bold(workflowId)}${joined ? ', going on from an earlier start' : ''}  ${terminal.colors.dim(url ?? '')}`,
  );
  try {
    if (joined) await retryParked(temporal, identity);
    await followRun(context, identity);
  } catch (error) {
    if (error instanceof RunParked && !isLast) {
      // It waits in the stack that goes on: mending and `retry` need that.
      terminal.warn(terminal.colors.yellow(messageOf(error)));
      return;
    }
    if (!(error instanceof Interrupted) || stack.role === 'attached') throw error;
    throw new Interrupted(`stopped; ${workflowId} goes on from its last checkpoint at the next start`);
  }
}

/** Who starts anew has mended what he could: a step that waits for a person is tried once more. */
async function retryParked(temporal: TemporalSession, identity: RunIdentity): Promise<void> {
  const parking = await askParking(temporal, identity.workflowId);
  if (parking !== undefined) await send(temporal, identity, parking.parkingId, { update: 'retryStep' });
}

async function serve(context: CliContext, stack: Stack): Promise<void> {
  const { terminal, signal } = context;
  terminal.note('');
  const { inference, ...others } = endpointsOf(context.connections());
  for (const [part, url] of Object.entries(others)) terminal.note(`  ${part.padEnd(10)} ${url}`);
  if (inference !== undefined)
    terminal.note(`\n  Open the page: ${terminal.colors.bold(terminal.colors.cyan(inference))}\n`);
  if (stack.role === 'attached') {
    terminal.note('The stack goes on: it was started elsewhere. `npx digitflow down` stops it.');
    return;
  }
  terminal.note('Ctrl-C stops everything.');
  // Ended by Ctrl-C, by `down`, or by a part that could not be kept alive: the supervisor has told which.
  await Promise.race([stack.stopped, aborted(signal)]);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
