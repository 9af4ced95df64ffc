// One step of the pipeline over data of one size, in a process of its own: what it costs and how much memory it takes at
// its peak, the worker's side of it and the store's among it. Told what to do by JSON in its last argument; prints JSON.

import path from 'node:path';
import { engineHost, readInputs } from '../../activities/trainer/child/open.ts';
import { openPoolFiles } from '../../activities/trainer/child/pool-files.ts';
import { DEFAULT_ENGINE_SETTINGS, engineEnvironment } from '../../activities/trainer/settings.ts';
import { parsePoolManifest, parseSplitsManifest } from '../../artifacts/manifests.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';
import { resolveRunConfiguration } from '../../config/resolve.ts';
import { openEngine } from '../../ml/engines/open-engine.ts';
import { train } from '../../ml/train.ts';
import { openLocalPipeline } from '../local-pipeline.ts';

export interface Task {
  step: 'ingest' | 'preprocess' | 'augment' | 'train';
  /** Of the archive, the store and the blobs: of this size alone. */
  folder: string;
  pictures: number;
  trainSteps: number;
  /** What the steps before made. */
  outputs: Partial<Record<Task['step'], ArtifactRef>>;
}

export interface Cost {
  cpuSeconds: number;
  wallSeconds: number;
  /** Resident memory before the step began: programs, and what bundled them. */
  idleMb: number;
  peakMb: number;
  output?: ArtifactRef;
  /** Of the network's steps alone, without start, reading and validation. */
  trainStepMs?: number;
}

const WARM_STEPS = 10;

const task = JSON.parse(process.argv.at(-1)!) as Task;
const configuration = resolveRunConfiguration({
  ingest: { source: { kind: 'archive', path: path.join(task.folder, 'digits.tgz') } },
  augment: { poolSize: task.pictures, parts: 2, shares: {} },
  train: { trainSteps: task.trainSteps, validationEverySteps: task.trainSteps },
});
const pipeline = await openLocalPipeline({ dataRoots: [task.folder], folder: task.folder });
const idleMb = megabytes(process.memoryUsage.rss());
const [cpu, started] = [process.cpuUsage(), performance.now()];
const made = await steps()[task.step]();
const { user, system } = process.cpuUsage(cpu);
const cost: Cost = {
  cpuSeconds: (user + system) / 1e6,
  wallSeconds: (performance.now() - started) / 1000,
  idleMb,
  peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  ...made,
};
console.log(JSON.stringify(cost));
process.exit(0);

function steps(): Record<Task['step'], () => Promise<Pick<Cost, 'output' | 'trainStepMs'>>> {
  const { ingest, preprocess, augment } = task.outputs;
  return {
    ingest: () => pipeline.ingest(configuration.ingest),
    preprocess: () => pipeline.preprocess(configuration, ingest!),
    augment: () => pipeline.augment(configuration, preprocess!),
    train: () => trainHere({ splits: preprocess!, pool: augment! }),
  };
}

/** As the trainer child does, in this process, whose memory and time are known. */
async function trainHere({ splits, pool }: Record<'splits' | 'pool', ArtifactRef>): Promise<{ trainStepMs: number }> {
  Object.assign(process.env, engineEnvironment(DEFAULT_ENGINE_SETTINGS), { TF_CPP_MIN_LOG_LEVEL: '2' });
  const { parts, classes } = parsePoolManifest(await pipeline.read(pool));
  const [validation] = parseSplitsManifest(await pipeline.read(splits)).splits.validation.inputs;
  const poolFiles: string[] = [];
  for (const { ref } of parts) poolFiles.push(await pipeline.readToFile(ref));
  const { engine: name, ...parameters } = configuration.train;
  const engine = await openEngine(name, { ...parameters, classCount: classes.length }, engineHost);
  const marks: NodeJS.CpuUsage[] = [];
  await train(engine, {
    parameters,
    pool: openPoolFiles(poolFiles).contents,
    validation: await readInputs(await pipeline.readToFile(validation!)),
    signal: new AbortController().signal,
    onStep: ({ trainStep }) => {
      if (trainStep === WARM_STEPS || trainStep === parameters.trainSteps) marks.push(process.cpuUsage());
    },
  });
  engine.dispose();
  const [from, to] = marks.map(({ user, system }) => user + system);
  return { trainStepMs: (to! - from!) / 1000 / (parameters.trainSteps - WARM_STEPS) };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
