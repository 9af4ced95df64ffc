// What a run costs that finds everything done: `npm run bench -- pipeline [RUNS]` beside a running stack. Runs the built-in
// pipeline once if it must, then again and again; time is what Temporal noted, from started to completed.

import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { resolveTemporal } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { homePaths } from '../config/home.ts';
import { temporalOptions } from '../config/temporal.ts';
import { QUEUES, TRAIN_PIPELINE, type RunResult } from '../workflows/contract.ts';
import { machine } from './harness.ts';

const runs = Number(process.argv[2] ?? 40);
const paths = homePaths();
const temporal = resolveTemporal(process.env, readEndpoints(paths.endpoints), paths);
const connection = await Connection.connect(temporalOptions(temporal));
const client = new Client({ connection, namespace: temporal.namespace });

interface Run {
  millis: number;
  events: number;
  computed: string[];
}

const first = await run();
console.log(`a first run: ${first.millis} ms, computed ${first.computed.join(', ') || 'nothing'}`);
const again: Run[] = [];
for (let count = 0; count < runs; count++) again.push(await run());
await connection.close();

const sorted = again.map(({ millis }) => millis).sort((a, b) => a - b);
const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
const computed = [...new Set(again.flatMap((one) => one.computed))];
const events = Math.max(...again.map((one) => one.events));
console.log(
  `${runs} runs of an unchanged pipeline: p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms; ` +
    `at most ${events} events; computed ${computed.join(', ') || 'nothing'}`,
);
console.log(
  JSON.stringify({
    topic: 'pipeline',
    rerunMillis: { p50: at(0.5), p95: at(0.95), max: at(1) },
    runs,
    events,
    computed,
    machine: machine(),
  }),
);

async function run(): Promise<Run> {
  const handle = await client.workflow.start(TRAIN_PIPELINE, {
    workflowId: `bench-${randomBytes(4).toString('hex')}`,
    taskQueue: QUEUES.pipeline,
    args: [{}],
  });
  const { steps } = (await handle.result()) as RunResult;
  const { startTime, closeTime, historyLength } = await handle.describe();
  return {
    millis: closeTime!.getTime() - startTime.getTime(),
    events: historyLength,
    computed: steps.filter(({ step, state }) => step !== 'publish' && state !== 'reused').map(({ step }) => step),
  };
}
