// From the start of a program to its being of use: `npm run bench -- startup [ROUNDS] [NAME …]`. The command line, both
// workers, and `npm start` until a session's first frame is answered, in turn, with the champion of this home (or of
// S3_ENDPOINT) in a store of the bench's own. Names choose: help, runs, pipeline, inference, sources, npm.
// Needs DIGITFLOW_MINIO and DIGITFLOW_TEMPORAL, or both on the PATH.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { checkoutFolder } from '../config/home.ts';
import { programBundle } from '../setup/bundles/program-bundle.ts';
import { machine, medianOf } from './harness.ts';
import { type PreparedHome, prepareHome } from './startup/npm-start.ts';
import { withFiles, withServers } from './startup/places.ts';
import { endedChildrenCpuMs, type Start, startWorker, type WorkerStart } from './startup/start-worker.ts';
import { table } from './table.ts';

const [roundsAsked = '5', ...asked] = process.argv.slice(2);
const rounds = Number(roundsAsked);
const isAsked = (name: string): boolean => asked.length === 0 || asked.includes(name);
const loadBefore = loadavg()[0]!;

const scratch = await mkdtemp(path.join(tmpdir(), 'digitflow-startup-'));
const [files, servers] = await Promise.all([withFiles(path.join(scratch, 'store')), withServers()]);
let home: PreparedHome | undefined;
const own = {
  ...process.env,
  DIGITFLOW_HOME: path.join(scratch, 'home'),
  DIGITFLOW_CACHE: path.join(scratch, 'cache'),
  DIGITFLOW_INFERENCE_PORT: '0',
  DIGITFLOW_INFERENCE_INSECURE_UNSIGNED: '1', // whose model it is changes nothing about how long it takes
};
const onFiles = { ...own, ...files.environment };
const onServers = { ...own, ...servers.environment };

/** What one start gives, by the name of the figure. */
type Round = () => Promise<Record<string, Start>>;
const readyAndAnswered = (where: string, { ready, answered }: WorkerStart): Record<string, Start> => ({
  [`inference worker, ready, ${where}`]: ready,
  [`inference worker, first answer, ${where}`]: answered!,
});
const inference = (where: string, environment: NodeJS.ProcessEnv, fromSources = false): Round => {
  return async () =>
    readyAndAnswered(where, await startWorker({ worker: 'inference', environment, fromSources, answers: true }));
};
const variants: [name: string, round: Round][] = [
  ['help', async () => ({ 'digitflow --help': await runCli(['--help']) })],
  ['runs', async () => ({ 'digitflow runs': await runCli(['runs', '--json']) })],
  [
    'pipeline',
    async () => ({
      'pipeline worker, ready': (await startWorker({ worker: 'pipeline', environment: onServers })).ready,
    }),
  ],
  ['inference', inference('model on disk', onFiles)],
  ['inference', inference('MinIO and Temporal', onServers)],
  ['sources', inference('model on disk, from sources', onFiles, true)],
  ['npm', async () => ({ 'npm start, first answer': await (home ??= await prepareHome()).start() })],
];

const starts = new Map<string, Start[]>();
try {
  for (const program of ['cli', 'pipeline', 'inference'] as const) await programBundle(checkoutFolder, program);
  for (let round = -1; round < rounds; round++)
    // the first one warms up: disk, model, bundles
    for (const [, run] of variants.filter(([name]) => isAsked(name)))
      for (const [name, start] of Object.entries(await run()))
        if (round >= 0) starts.set(name, [...(starts.get(name) ?? []), start]);
} finally {
  await home?.remove();
  await Promise.all([files.stop(), servers.stop()]);
  await rm(scratch, { recursive: true, force: true });
}

const figures = [...starts].map(([name, all]) => {
  const sorted = all.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const cpu = all.flatMap(({ cpuMs }) => cpuMs ?? []).toSorted((a, b) => a - b);
  return {
    name,
    ms: medianOf(sorted),
    fastest: sorted[0]!,
    slowest: sorted.at(-1)!,
    cpuMs: cpu.length === 0 ? null : medianOf(cpu),
    rounds: all.length,
  };
});
const rows = figures.map(({ name, ms, fastest, slowest, cpuMs }) => [
  name,
  `${ms} ms`,
  `${fastest} … ${slowest} ms`,
  cpuMs === null ? '' : `${cpuMs} ms`,
]);
console.log(table(['startup', 'median', 'spread', 'CPU'], rows));
console.log(JSON.stringify({ topic: 'startup', figures, loadBefore, machine: machine() }));

async function runCli(words: readonly string[]): Promise<Start> {
  const before = await endedChildrenCpuMs();
  const began = performance.now();
  const cli = spawn(process.execPath, [path.join(checkoutFolder, 'cli', 'digitflow.mjs'), ...words], {
    env: onServers,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(cli, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`digitflow ${words.join(' ')} ended with ${code}`);
  const after = await endedChildrenCpuMs();
  return {
    ms: Math.round(performance.now() - began),
    cpuMs: before === undefined || after === undefined ? undefined : after - before,
  };
}
