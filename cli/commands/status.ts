// digitflow status, doctor: what runs, and what is wrong.

import type { Command } from 'commander';
import { hasOwnTemporal } from '../../config/connection.ts';
import { homeFolder } from '../../config/home.ts';
import type { Check, PartStatus } from '../../setup/stack.ts';
import { QUEUES } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { duration, localTime, table } from '../format.ts';
import { listWorkers, workerRow } from '../stack/worker-list.ts';
import { olderCode } from '../stack/restart-older.ts';
import type { Terminal } from '../terminal.ts';
import { liveRuns, type LiveRun } from '../runs/live-runs.ts';
import { runName } from '../runs/run-name.ts';
import { addVerb } from '../verb.ts';

const HOW_TO_RESTART = '`npx digitflow retry RUN` restarts it; so do `down` and `up`.';

export function statusVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'status',
    group: 'Stack:',
    summary: 'shows what runs, since when, and where',
    examples: [['status --json', 'for a script: `.state` is running, starting, stopping, stopped or killed']],
  }).action(() => status(context));
}

export function doctorVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'doctor',
    group: 'Stack:',
    summary: 'checks everything a stack needs and says how to mend it',
    details: 'Exit code 1 when a check failed.',
    examples: [
      ['doctor', 'components, ports, disk, servers, workers'],
      ['doctor --replay', "before a deploy: whether this checkout's workflows go on from every open one"],
    ],
  })
    .option('--replay', 'replays the open workflows of the connected Temporal with the workflows of this checkout')
    .action((options: { replay?: boolean }) => doctor(context, options));
}

async function status(context: CliContext): Promise<void> {
  const { environment, terminal } = context;
  const { stackStatus } = await import('../../setup/stack.ts');
  const stack = await stackStatus({ home: homeFolder(environment) });
  const hasTemporal = stack.state === 'running' || hasOwnTemporal(environment);
  const [parked, workers] = hasTemporal ? await Promise.all([parkedRuns(context), listWorkers(context)]) : [[], []];
  terminal.document({ ...stack, workers, needAttention: parked.map(({ identity }) => runName(identity)) });
  const { colors } = terminal;
  const since = stack.startedAt === undefined ? '' : ` since ${localTime(stack.startedAt)}`;
  const state = stack.state === 'running' ? colors.green(stack.state) : colors.yellow(stack.state);
  terminal.print(`${state}${stack.state === 'stopped' ? '' : since}  ${colors.dim(stack.home)}`);
  if (stack.parts.length > 0) {
    terminal.print();
    terminal.print(
      table(
        ['part', 'state', 'up', 'restarts', 'where'],
        stack.parts.map((part) => row(part, terminal)),
      ),
    );
  }
  if (workers.length > 0) {
    terminal.print();
    terminal.print(table(['worker on', 'pid', 'version', 'takes work from', 'asked'], workers.map(workerRow)));
  }
  for (const { name, changedSources } of stack.parts)
    if (changedSources.length > 0)
      terminal.print(`\n${colors.yellow(olderCode(name, changedSources))}. ${HOW_TO_RESTART}`);
  if (stack.endpoints?.temporalUi !== undefined) terminal.print(`\nTemporal's UI: ${stack.endpoints.temporalUi}`);
  for (const { identity } of parked)
    terminal.print(colors.yellow(`\n${runName(identity)} needs attention: npx digitflow show ${runName(identity)}`));
  if (stack.state === 'stopped') terminal.print('Start it with `npm start` or `npx digitflow up`.');
  if (stack.state === 'killed') terminal.print('`npx digitflow down` cleans up; so does the next start.');
}

/** None where Temporal can't tell: what runs is told all the same. */
async function parkedRuns(context: CliContext): Promise<LiveRun[]> {
  try {
    return await liveRuns(await context.temporal(), { limit: 20, only: 'parked' });
  } catch {
    return [];
  }
}

function row(part: PartStatus, { colors }: Terminal): string[] {
  const isUp = part.state === 'ready' || part.state === 'connected';
  const up = part.readyAt !== undefined && isUp ? duration((Date.now() - Date.parse(part.readyAt)) / 1000) : '';
  return [
    part.name,
    (isUp ? colors.green : colors.red)(part.state) + (part.runsOlderCode ? colors.yellow(' (running older code)') : ''),
    up,
    part.restarts === 0 ? '' : String(part.restarts),
    part.url ?? part.reason ?? '',
  ];
}

async function doctor(context: CliContext, { replay }: { replay?: boolean }): Promise<void> {
  const { environment, terminal } = context;
  const [{ describeComponents }, { runDoctor }, { executablesOf, wantedAttributes }] = await Promise.all([
    import('../../setup/components/index.mjs'),
    import('../../setup/stack.ts'),
    import('../stack/open-stack.ts'),
  ]);
  const found = await describeComponents({ environment });
  const checks: Check[] = await runDoctor({
    home: homeFolder(environment),
    components: executablesOf(Object.fromEntries(found.map((component) => [component.name, component]))),
    environment,
    searchAttributes: wantedAttributes(environment),
    queues: Object.values(QUEUES),
  });
  for (const { name, title, found: isThere, version, way } of found)
    if (name === 'tfjs-node')
      checks.push(
        isThere
          ? { name: `component ${name}`, state: 'ok', detail: `${title} ${version} (${way})` }
          : {
              name: `component ${name}`,
              state: 'warning',
              detail: 'not set up: runs train with the engine wasm, some times slower',
              fix: 'npm run setup',
            },
      );
  if (replay) {
    const { replayOpen } = await import('../stack/replay-open.ts');
    checks.push(...(await replayOpen(context)));
  }
  const failed = checks.filter(({ state }) => state === 'failed').length;
  terminal.document({ checks, failed });
  const { colors } = terminal;
  const signs = { ok: colors.green('✔'), warning: colors.yellow('!'), failed: colors.red('✘') };
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, state, detail, fix } of checks) {
    terminal.print(`${signs[state]} ${name.padEnd(width)}  ${detail}`);
    if (fix !== undefined && state !== 'ok') terminal.print(`  ${' '.repeat(width)}  → ${fix}`);
  }
  if (failed > 0) throw new CommandFailed(`${failed} of ${checks.length} checks failed`);
}
