// Starts the stack of this home, or finds the one that runs. Knows what the stack is made of; how it is kept alive is
// setup's business.

import { checkoutFolder, type Environment, homeFolder } from '../../config/home.ts';
import { writesSearchAttributes } from '../../config/temporal.ts';
import {
  DO_WITHOUT,
  prepareComponents,
  WITHOUT_TENSORFLOW,
  type ComponentName,
  type PreparedComponent,
} from '../../setup/components/index.mjs';
import {
  type AttachedStack,
  attachStack,
  type Components,
  neededComponents,
  type OwnedStack,
  type SearchAttributes,
  stackStatus,
  startStack,
  type StoreChoice,
  type WorkerSpec,
} from '../../setup/stack.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { INFERENCE_WORKER } from './inference-worker.ts';
import { MEMORY_GIVEN_BACK } from './memory-given-back.ts';
import { reportSetup, reportStack } from './stack-display.ts';

/** Our own programs that belong to a stack. */
export const WORKERS: readonly WorkerSpec[] = [
  {
    name: 'pipeline-worker',
    command: process.execPath,
    args: ['workers/pipeline.mjs'],
    env: MEMORY_GIVEN_BACK,
    cwd: checkoutFolder, // the program is found from here, wherever the command was given
    port: { name: 'pipelineMetrics', variable: 'DIGITFLOW_METRICS_PORT' },
  },
  {
    name: 'inference-worker',
    role: 'inference',
    command: process.execPath,
    args: [INFERENCE_WORKER],
    env: MEMORY_GIVEN_BACK,
    cwd: checkoutFolder,
    port: { name: 'inference', variable: 'DIGITFLOW_INFERENCE_PORT' },
  },
];

export type Stack = OwnedStack | AttachedStack;

export interface StackOptions {
  store: StoreChoice;
  /** Of the run that follows. */
  engine?: string | undefined;
  /** False where nobody stays to be served. @default true */
  serves?: boolean;
}

/** @throws what `prepareComponents` and `startStack` throw; nothing is left running then */
export async function openStack(context: CliContext, options: StackOptions): Promise<Stack> {
  const { store, engine, serves = true } = options;
  const { environment, terminal } = context;
  const home = homeFolder(environment);
  const report = reportStack(terminal);
  const { state } = await stackStatus({ home });
  if (state === 'running' || state === 'starting') return attachStack({ home, environment, report });
  const components = await prepareForStack(context, store, engine);
  let isStarted = false;
  const stack = await startStack({
    home,
    environment,
    components,
    store,
    workers: serves ? WORKERS : WORKERS.filter(({ role }) => role !== 'inference'),
    searchAttributes: wantedAttributes(environment),
    // While starting, a part that is given up is the error of the start itself: said once, there.
    report: (event) => (event.kind === 'gaveUp' && !isStarted ? undefined : report(event)),
  });
  isStarted = true;
  return stack;
}

/** None where runs are told to go on without. */
export const wantedAttributes = (environment: Environment): SearchAttributes =>
  writesSearchAttributes(environment) ? SEARCH_ATTRIBUTES : {};

/**
 * Makes everything available that a start needs, TensorFlow for the worker included where it can be had.
 * @param engine of the run that follows: TensorFlow's library isn't fetched for `wasm`
 */
export async function prepareForStack(context: CliContext, store: StoreChoice, engine?: string): Promise<Components> {
  const { environment, signal, terminal } = context;
  const names: ComponentName[] = neededComponents(environment, store);
  if (engine !== 'wasm') names.push('tfjs-node');
  const optional = ['tfjs-node'] as const;
  const prepared = await prepareComponents(names, { environment, signal, optional, report: reportSetup(terminal) });
  const isWithout = names.includes('tfjs-node') && prepared['tfjs-node'] === undefined;
  if (isWithout && environment['DIGITFLOW_TFJS_NODE'] !== DO_WITHOUT)
    terminal.warn(terminal.colors.yellow(WITHOUT_TENSORFLOW));
  return executablesOf(prepared);
}

export function executablesOf(
  found: Partial<Record<ComponentName, Pick<PreparedComponent, 'executable'>>>,
): Components {
  const one = (name: ComponentName): { executable: string } | undefined => {
    const executable = found[name]?.executable;
    return executable === undefined ? undefined : { executable };
  };
  return { temporal: one('temporal'), minio: one('minio') };
}
