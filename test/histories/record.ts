// npm run record:histories: the workflow's histories as this version writes them, into test/histories/<version>/.
// Run when a version is released; from then on every later version has to replay them.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { checkoutFolder } from '../../config/home.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { QUERIES, RUN_UPDATES, type RunProgress } from '../../workflows/contract.ts';
import { startFakePipeline, Unmendable } from '../support/fake-pipeline.ts';
import { until } from '../support/until.ts';

interface Play {
  /** The step that fails at its first attempt. */
  fails?: string;
  play: (name: string) => Promise<unknown>;
}

const PLAYS: Record<string, Play> = {
  finished: { play: settled },
  running: { play: untilItTrains },
  parked: { fails: 'train', play: (name) => pipeline.parked(name) },
  retried: { fails: 'train', play: (name) => decide(name, 'retryStep', { set: { 'train.batchSize': 64 } }) },
  skipped: { fails: 'augment', play: (name) => decide(name, 'skipStep') },
  aborted: { fails: 'train', play: (name) => decide(name, 'abort', { reason: 'enough' }) },
  cancelled: { fails: 'train', play: cancelParked },
};

const folder = path.join(import.meta.dirname, packageJson.version);
const pipeline = await startFakePipeline();
await mkdir(folder, { recursive: true });
for (const [index, [name, { fails, play }]] of Object.entries(PLAYS).entries()) {
  if (fails !== undefined) pipeline.failures.set(fails, [new Unmendable('expected memory, got none')]);
  let goOn: () => void = () => undefined;
  if (name === 'running') pipeline.holds.set('train', new Promise<void>((done) => (goOn = done)));
  await pipeline.start(name, { ingest: { seed: index } });
  await play(name);
  await writeFile(path.join(folder, `${name}.json`), portable(historyToJSON(await handleOf(name).fetchHistory())));
  pipeline.holds.clear();
  goOn();
}
await pipeline.stop();

/** On one line, without names of this machine: stacks and workers' identities say nothing to a replay. */
function portable(history: string): string {
  const named = history.replaceAll(checkoutFolder, '').replaceAll(/"\d+@[^"]*"/g, '"a worker"');
  return `${JSON.stringify(JSON.parse(named))}\n`;
}

function handleOf(name: string) {
  return pipeline.temporal.environment.client.workflow.getHandle(name);
}

async function settled(name: string): Promise<void> {
  await handleOf(name)
    .result()
    .catch(() => undefined);
}

async function decide(name: string, update: keyof typeof RUN_UPDATES, more: object = {}): Promise<void> {
  const { parkingId } = await pipeline.parked(name);
  await handleOf(name).executeUpdate(RUN_UPDATES[update], { args: [{ parkingId, ...more }] });
  await settled(name);
}

async function cancelParked(name: string): Promise<void> {
  await pipeline.parked(name);
  await handleOf(name).cancel();
  await settled(name);
}

async function untilItTrains(name: string): Promise<void> {
  await until(async () => {
    const { steps } = await handleOf(name).query<RunProgress>(QUERIES.progress);
    return steps.find(({ step }) => step === 'train')!.state === 'running';
  });
}
