// Whether ingest stays fast and small for many small files in one archive: 10,000 and ten times as many PNGs, each in a
// process of its own. `npm run bench -- many-files [COUNT]`.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compute } from '../activities/ingest.ts';
import type { StepContext } from '../activities/step.ts';
import { encodePng } from '../ml/codecs/png.ts';
import { createRandom } from '../ml/random.ts';
import { machine } from './harness.ts';
import { writeTgz, type TarFile } from './growth/write-tgz.ts';

const CHILD = '--in-child';

interface Timing {
  files: number;
  seconds: number;
  cpuSeconds: number;
  peakMb: number;
}

/** 28×28 pictures, every one different, in ten classes. */
function* pictures(count: number): Generator<TarFile> {
  const random = createRandom(7);
  for (let i = 0; i < count; i++) {
    const pixels = Uint8Array.from({ length: 28 * 28 }, () => (random.chance(0.8) ? 255 : random.integer(256)));
    yield { path: `${i % 10}/${i}.png`, bytes: encodePng({ pixels, width: 28, height: 28 }) };
  }
}

/** Ingests as a worker's thread does; blobs are hashed and let go. */
async function ingest(folder: string, count: number): Promise<Timing> {
  const path = join(folder, `${count}.tgz`);
  const context: StepContext = {
    signal: new AbortController().signal,
    read: () => Promise.reject(new Error('nothing is read')),
    write: (blob) => {
      const sha256 = createHash('sha256').update(blob).digest('hex');
      return Promise.resolve({ key: sha256, sha256, sizeBytes: blob.length });
    },
    progress: () => undefined,
    warn: () => undefined,
  };
  const parameters = { source: { kind: 'archive' as const, path }, maxRejectedRatio: 0, maxConflictRatio: 0, seed: 1 };
  const started = performance.now();
  const cpu = process.cpuUsage();
  const { summary } = await compute(context, parameters, {}, { cacheFolder: folder, dataRoots: [folder] });
  const { user, system } = process.cpuUsage(cpu);
  if (summary['samples'] !== count) throw new Error(`expected ${count} samples, got ${String(summary['samples'])}`);
  return {
    files: count,
    seconds: Math.round(performance.now() - started) / 1000,
    cpuSeconds: Math.round((user + system) / 1000) / 1000,
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

const [first, childFolder, childCount] = process.argv.slice(2);
if (first === CHILD) console.log(JSON.stringify(await ingest(childFolder!, Number(childCount))));
else {
  const most = Number(first ?? 100_000);
  const folder = await mkdtemp(join(tmpdir(), 'digitflow-bench-'));
  const results: Timing[] = [];
  for (const count of [most / 10, most]) {
    await writeTgz(join(folder, `${count}.tgz`), pictures(count));
    const child = spawnSync(process.execPath, ['--import', 'tsx', import.meta.filename, CHILD, folder, String(count)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    results.push(JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Timing);
  }
  await rm(folder, { recursive: true });
  console.table(results);
  console.log(JSON.stringify({ bench: 'many-files', results, machine: machine() }));
}
