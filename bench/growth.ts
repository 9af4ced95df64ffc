// Whether cost grows with the data and no faster, and memory not at all: drawn digits, ten and a hundred times as many,
// through ingest, preprocess and augment on a store of files, and so many steps of training on a pool as large as the data.
// Each step of each size is a process of its own; sizes take turns.

import { spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodePng } from '../ml/codecs/png.ts';
import { drawDigit } from './digits.ts';
import type { Cost, Task } from './growth/run-step.ts';
import { writeTgz, type TarFile } from './growth/write-tgz.ts';
import { machine, medianOf } from './harness.ts';
import { readOptions } from './options.ts';
import { table } from './table.ts';

const STEPS = ['ingest', 'preprocess', 'augment', 'train'] as const;
const SIDE = 28;

interface Row {
  step: Task['step'];
  pictures: number;
  cpuSeconds: number;
  wallSeconds: number;
  /** CPU; of training: a train step. */
  microsEach: number;
  idleMb: number;
  peakMb: number;
}

/** How a step's cost grew from one size to ten times as much. */
interface Growth {
  step: Task['step'];
  from: number;
  to: number;
  /** b of cost ∝ pictures^b, by CPU time: 1 is linear; below 1 while a start that costs the same for all still counts. */
  exponent: number;
  /** CPU of each further picture, without that start: the same from size to size where cost is linear. Not of training. */
  microsMore?: number;
  /** Of the memory at its peak. */
  memoryRatio: number;
}

const USAGE = `npm run bench -- growth [options]

Says what ingest, preprocess, augment and a train step cost, and their memory, at 1,000, 10,000 and 100,000 pictures.

  --quick     300 and 3,000 pictures
  --rounds N  how often the sizes take turns (default 1)`;

const values = readOptions(USAGE, { quick: { type: 'boolean', default: false }, rounds: { type: 'string' } });
const sizes = values.quick ? [300, 3_000] : [1_000, 10_000, 100_000];
const rounds = Number(values.rounds ?? 1);
const trainSteps = values.quick ? 30 : 110;

const scratch = await mkdtemp(path.join(tmpdir(), 'digitflow-bench-'));
const costs = new Map<string, Cost[]>();
try {
  for (const pictures of sizes) {
    await mkdir(path.join(scratch, `${pictures}`));
    await writeTgz(path.join(scratch, `${pictures}`, 'digits.tgz'), digits(pictures));
  }
  for (let round = 0; round < rounds; round++) for (const pictures of sizes) await measure(pictures, round);
} finally {
  await rm(scratch, { recursive: true });
}

const rows = STEPS.flatMap((step) => sizes.map((pictures) => rowOf(step, pictures)));
const growths = STEPS.flatMap((step) => sizes.slice(1).map((to, i) => growthOf(step, sizes[i]!, to)));
console.log(
  table(
    ['step', 'pictures', 'CPU', 'wall', 'CPU each', 'at its peak', 'before'],
    rows.map(({ step, pictures, cpuSeconds, wallSeconds, microsEach, peakMb, idleMb }) => [
      step,
      count(pictures),
      `${cpuSeconds} s`,
      `${wallSeconds} s`,
      step === 'train' ? `${microsEach / 1000} ms a train step` : `${microsEach} µs`,
      `${peakMb} MB`,
      `${idleMb} MB`,
    ]),
  ),
);
console.log(
  table(
    ['\nstep', 'pictures', 'CPU ∝ pictures^', 'each more', 'memory ×'],
    growths.map(({ step, from, to, exponent, microsMore, memoryRatio }) => [
      step,
      `${count(from)} → ${count(to)}`,
      exponent.toFixed(2),
      microsMore === undefined ? '' : `${microsMore} µs`,
      memoryRatio.toFixed(2),
    ]),
  ),
);
console.log(JSON.stringify({ topic: 'growth', rounds, trainSteps, rows, growths, machine: machine() }));

/** Ten classes, four consecutive pictures of each a typeface, named as Char74K names them: the split has groups to keep. */
function* digits(pictures: number): Generator<TarFile> {
  for (let i = 0; i < pictures; i++) {
    const name = `img${String((i % 10) + 1).padStart(3, '0')}-${String(Math.floor(i / 10) + 1).padStart(5, '0')}.png`;
    yield { path: `${i % 10}/${name}`, bytes: encodePng(drawDigit(i, SIDE)) };
  }
}

/** All steps of one size, each from what the one before made; a round finds nothing of an earlier one. */
async function measure(pictures: number, round: number): Promise<void> {
  const folder = path.join(scratch, `${pictures}`);
  await rm(path.join(folder, 'bench-store'), { recursive: true, force: true });
  const outputs: Task['outputs'] = {};
  for (const step of STEPS) {
    const task: Task = { step, folder, pictures, trainSteps, outputs };
    const program = path.join(import.meta.dirname, 'growth', 'run-step.ts');
    const child = spawnSync(process.execPath, ['--import', 'tsx', program, JSON.stringify(task)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.status !== 0) throw new Error(`${step} of ${pictures}: expected exit code 0, got ${child.status}`);
    const cost = JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Cost;
    if (cost.output !== undefined) outputs[step] = cost.output;
    costs.set(keyOf(step, pictures), [...(costs.get(keyOf(step, pictures)) ?? []), cost]);
    console.error(`round ${round + 1}, ${count(pictures)} pictures: ${step}, ${cost.cpuSeconds.toFixed(1)} s CPU`);
  }
}

function rowOf(step: Task['step'], pictures: number): Row {
  const measured = costs.get(keyOf(step, pictures))!;
  const median = (value: (cost: Cost) => number): number => medianOf(measured.map(value).toSorted((a, b) => a - b));
  const cpuSeconds = median((cost) => cost.cpuSeconds);
  const each = step === 'train' ? 1000 * median((cost) => cost.trainStepMs!) : (1e6 * cpuSeconds) / pictures;
  return {
    step,
    pictures,
    cpuSeconds: rounded(cpuSeconds),
    wallSeconds: rounded(median((cost) => cost.wallSeconds)),
    microsEach: rounded(each),
    idleMb: median((cost) => cost.idleMb),
    peakMb: median((cost) => cost.peakMb),
  };
}

/** Of training the cost of a train step counts: how many there are is chosen, whatever the data. */
function growthOf(step: Task['step'], from: number, to: number): Growth {
  const [less, more] = [rowOf(step, from), rowOf(step, to)];
  const costOf = (row: Row): number => (step === 'train' ? row.microsEach : row.cpuSeconds);
  return {
    step,
    from,
    to,
    exponent: rounded(Math.log(costOf(more) / costOf(less)) / Math.log(to / from)),
    ...(step !== 'train' && { microsMore: rounded((1e6 * (more.cpuSeconds - less.cpuSeconds)) / (to - from)) }),
    memoryRatio: rounded(more.peakMb / less.peakMb),
  };
}

function keyOf(step: Task['step'], pictures: number): string {
  return `${step} ${pictures}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
