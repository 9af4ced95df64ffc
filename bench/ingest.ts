// How fast ingest is: an archive of small PNGs, and the built-in dataset with its packages in the cache. Run with
// `npx tsx bench/ingest.ts [ARCHIVE]`. CPU time stands beside wall time: on a shared machine only the first compares.

import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { compute, type IngestParameters } from '../activities/ingest.ts';
import type { StepContext } from '../activities/step.ts';
import { cacheFolder, checkoutFolder } from '../config/home.ts';
import { encodePng } from '../ml/codecs/png.ts';
import { createRandom } from '../ml/random.ts';
import { bundleCode } from '../workers/code.ts';
import { stepEntries } from '../workers/step-entries.ts';

const [given] = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), 'digitflow-bench-'));

interface Timing {
  what: string;
  samples: number;
  wallMs: number;
  cpuMs: number;
  writtenMb: number;
}

/** Blobs are hashed and let go, as a worker does that hands them to a store. */
function discardingContext(): { context: StepContext; written: () => number } {
  let bytes = 0;
  const context: StepContext = {
    signal: new AbortController().signal,
    read: () => Promise.reject(new Error('nothing is read')),
    write: (blob) => {
      bytes += blob.length;
      const sha256 = createHash('sha256').update(blob).digest('hex');
      return Promise.resolve({ key: sha256, sha256, sizeBytes: blob.length });
    },
    progress: () => undefined,
    warn: (message) => console.error(message),
  };
  return { context, written: () => bytes };
}

interface Case {
  what: string;
  source: IngestParameters['source'];
  dataRoots: string[];
  /** Whether pictures are decoded by threads of their own. */
  threads: boolean;
}

const { thread } = await bundleCode(checkoutFolder, { thread: stepEntries['decode-thread'] });

/** Of each case the round of median CPU time; the cases take turns. */
async function time(cases: readonly Case[], rounds: number): Promise<Timing[]> {
  const timings = cases.map((): Timing[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, each] of cases.entries()) timings[i]!.push(await timeOnce(each));
  return timings.map((each) => each.sort((a, b) => a.cpuMs - b.cpuMs)[rounds >> 1]!);
}

async function timeOnce({ what, source, dataRoots, threads }: Case): Promise<Timing> {
  const { context, written } = discardingContext();
  const environment = { cacheFolder: cacheFolder(), dataRoots, ...(threads && { decodeThread: thread.file }) };
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const parameters = { source, maxRejectedRatio: 0.01, maxConflictRatio: 0.01, seed: 1 };
  const { summary } = await compute(context, parameters, {}, environment);
  const { user, system } = process.cpuUsage(cpu);
  return {
    what,
    samples: Number(summary['samples']),
    wallMs: Math.round(performance.now() - wall),
    cpuMs: Math.round((user + system) / 1000),
    writtenMb: Math.round(written() / 1e5) / 10,
  };
}

/** 8,160 noisy 28×28 pictures in ten classes: as many files as the printed digits of Char74K have. */
async function makeArchive(): Promise<string> {
  const random = createRandom(1);
  const files: string[] = [];
  for (let i = 0; i < 8160; i++) {
    const pixels = Uint8Array.from({ length: 28 * 28 }, () => (random.chance(0.8) ? 255 : random.integer(256)));
    const name = `${i % 10}-${i}.png`;
    await writeFile(join(scratch, name), encodePng({ pixels, width: 28, height: 28 }));
    files.push(name);
  }
  const path = join(scratch, 'digits.tgz');
  const chunks: Buffer[] = [];
  const pack = create(
    { cwd: scratch, portable: true, onWriteEntry: (entry) => void (entry.path = `${entry.path[0]}/${entry.path}`) },
    files,
  );
  for await (const chunk of pack) chunks.push(chunk);
  await writeFile(path, gzipSync(Buffer.concat(chunks)));
  return path;
}

const archive = given ?? (await makeArchive());
const fromArchive = {
  source: { kind: 'archive' as const, path: archive },
  dataRoots: [dirname(archive)],
};
const builtin = { kind: 'builtin' as const, typefaces: 120, handwriting: 10_000, negatives: 12_000 };
const results = [
  ...(await time(
    [
      { ...fromArchive, what: 'archive, decoded in one thread', threads: false },
      { ...fromArchive, what: 'archive, decoded by a pool', threads: true },
    ],
    5,
  )),
  ...(await time([{ what: 'built-in dataset', source: builtin, dataRoots: [], threads: true }], 1)),
];
await rm(scratch, { recursive: true });
console.table(results);
console.log(JSON.stringify({ bench: 'ingest', statistic: 'median by CPU time', results }));
