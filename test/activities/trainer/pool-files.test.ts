import { readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPoolFiles } from '../../../activities/trainer/child/pool-files.ts';
import { CachedFileChanged, type CachedFiles } from '../../../artifacts/cached-file.ts';
import { INPUT_BYTES, MalformedInputs } from '../../../ml/dataset/packed-inputs.ts';
import { train, type Checkpoint, type TrainOptions } from '../../../ml/train.ts';
import { createBatch, createPool, fillBatch, type PoolPart } from '../../../ml/training/pool.ts';
import { createSampleOrder } from '../../../ml/training/sample-order.ts';
import { createFakeEngine } from '../../ml/train/fake-engine.ts';
import { inMemory, shortTraining, someInputs } from '../../ml/train/some-inputs.ts';
import { packInputs } from '../../support/packed-blobs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-pool-'));
});
afterAll(() => rm(folder, { recursive: true }));

const opened: CachedFiles<PoolPart>[] = [];
afterEach(() => opened.splice(0).forEach((pool) => pool.close()));
function openPool(files: string[]): CachedFiles<PoolPart> {
  const pool = openPoolFiles(files);
  opened.push(pool);
  return pool;
}

let written = 0;
function fileOf(bytes: Uint8Array): string {
  const file = path.join(folder, `inputs-${written++}`);
  writeFileSync(file, bytes);
  return file;
}

const sizes = [7, 0, 6];
const inputs = sizes.map((count, i) => someInputs(count, i + 1));
const filesOfInputs = (): string[] => inputs.map((each) => fileOf(packInputs(each)));
const options: Omit<TrainOptions, 'pool'> = {
  parameters: shortTraining,
  validation: someInputs(70, 4),
  signal: new AbortController().signal,
};

describe('a pool read from its files', () => {
  it('gives the batches of the same pool in memory, whatever parts, seed and size of a batch', () => {
    const parts = fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }).filter((counts) => counts.some((n) => n > 0));
    const seeds = fc.nat(1_000_000);
    fc.assert(
      fc.property(parts, seeds, fc.integer({ min: 1, max: 12 }), (counts, seed, batchSize) => {
        const packed = counts.map((count, i) => someInputs(count, seed + i));
        const onDisk = createPool(openPool(packed.map((each) => fileOf(packInputs(each)))).contents);
        const expected = createPool(packed.map(inMemory));
        const order = createSampleOrder(expected.count, seed);
        const [got, wanted] = [createBatch(batchSize), createBatch(batchSize)];
        for (let trainStep = 1; trainStep <= 6; trainStep++) {
          fillBatch(got, onDisk, order, trainStep);
          fillBatch(wanted, expected, order, trainStep);
          expect(Buffer.compare(got.images, wanted.images)).toBe(0);
          expect(got.labels).toEqual(wanted.labels);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('trains to the same state, also from any checkpoint on', async () => {
    const straight = await train(createFakeEngine(), { ...options, pool: inputs.map(inMemory) });
    const files = filesOfInputs();
    const checkpoints: Checkpoint[] = [];
    const fromFiles = await train(createFakeEngine(), {
      ...options,
      pool: openPool(files).contents,
      isCheckpointDue: () => true,
      onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
    });
    expect(fromFiles).toEqual(straight);
    for (const from of checkpoints.filter(({ trainStep }) => trainStep % 6 === 1)) {
      expect(await train(createFakeEngine(), { ...options, pool: openPool(files).contents, from })).toEqual(straight);
    }
  });

  it('takes memory for its labels, not for its images', () => {
    const count = 200_000; // images of 195 MiB, all zero: a file with a hole
    const header = packInputs(someInputs(0, 1));
    new DataView(header.buffer).setUint32(8, count, true);
    const file = fileOf(header);
    truncateSync(file, header.length + count * (1 + 4 + INPUT_BYTES));
    const before = process.memoryUsage().arrayBuffers;
    const pool = createPool(openPool([file]).contents);
    const batch = createBatch(128);
    const order = createSampleOrder(count, 1);
    for (let trainStep = 1; trainStep <= 50; trainStep++) fillBatch(batch, pool, order, trainStep);
    // Its order takes 4 bytes a sample, a label 1.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(6 * count);
  });

  it('stays readable when another process removes its files', () => {
    const files = filesOfInputs();
    const pool = createPool(openPool(files).contents);
    files.forEach((file) => rmSync(file));
    const batch = createBatch(13);
    fillBatch(batch, pool, (position) => position, 1);
    expect([...batch.labels]).toEqual(inputs.flatMap(({ labels }) => [...labels]));
  });

  it('ends the training with the name of a file that was cut meanwhile', async () => {
    const files = filesOfInputs();
    const cut = train(createFakeEngine(), {
      ...options,
      pool: openPool(files).contents,
      onStep: ({ trainStep }) => trainStep === 7 && truncateSync(files[2]!, 3_000),
    });
    const error: unknown = await cut.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CachedFileChanged);
    expect(error).toMatchObject({ code: 'CachedFileChanged', retryable: true });
    expect(String(error)).toMatch(new RegExp(`${files[2]!}: expected 1024 bytes from byte \\d+ on, got \\d+`));
  });

  it('is not opened when a file is gone, cut, longer or none of packed inputs, and leaves none open', () => {
    const [first, , last] = filesOfInputs() as [string, string, string];
    const whole = packInputs(inputs[0]!);
    expect(() => openPoolFiles([first, path.join(folder, 'gone')])).toThrow(/gone: expected a file, got none/);
    for (const length of [0, 10, 20, whole.length - 1])
      expect(() => openPoolFiles([first, fileOf(whole.subarray(0, length))])).toThrow(CachedFileChanged);
    expect(() => openPoolFiles([first, fileOf(Buffer.concat([whole, Buffer.alloc(1)]))])).toThrow(CachedFileChanged);
    expect(() => openPoolFiles([first, last, fileOf(new Uint8Array(2_000))])).toThrow(MalformedInputs);
    if (process.platform !== 'linux') return;
    const open = readdirSync('/proc/self/fd').filter((fd) => targetOf(fd).startsWith(folder));
    expect(open).toEqual([]);
  });
});

/** What a descriptor of this process refers to: that of the listing itself is gone by now. */
function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return '';
  }
}
