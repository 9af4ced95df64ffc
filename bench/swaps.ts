// Does memory stay flat when models come and go under load? The champion is loaded again and again under new names, with
// frames underway all the time. `npm run bench -- swaps [COUNT]`, 400 by default.

import { readAliases, readVersion } from '../artifacts/registry.ts';
import { checkoutFolder } from '../config/home.ts';
import { loadModel } from '../inference/load-model.ts';
import { createReaderPool } from '../inference/reader-pool.ts';
import { readerThreadFile } from '../workers/reader-thread-file.ts';
import { openChampionStore } from './champion-store.ts';
import { drawFrames } from './frames.ts';
import { medianOf, report } from './harness.ts';

const MODEL = 'digits';
const SAMPLES = 8;
const swaps = Number(process.argv[2] ?? 400);

const store = openChampionStore();
const { champion } = await readAliases(store, MODEL);
if (champion === undefined) throw new Error('expected a published champion in the store: run npm start first');
const model = await loadModel({ store, version: await readVersion(store, MODEL, champion) });
const log = { info: () => undefined, warn: console.warn, error: console.error };
const pool = createReaderPool({ threadFile: await readerThreadFile(checkoutFolder), log });
const named = (version: number) => ({ ...model, identity: { name: MODEL, version, digest: `swap ${version}` } });
const frames = drawFrames(20, { width: 320, height: 240 });
await pool.load(named(0));
pool.use('swap 0');

let current = 0;
const counts = { isOver: false, asked: 0, answered: 0, byAnotherModel: 0 };
const session = async (): Promise<void> => {
  while (!counts.isOver) {
    const { pixels: bytes, width, height } = frames[counts.asked++ % frames.length]!;
    const expected = current;
    const { model: maker } = await pool.readFrame({ kind: 'gray8', bytes, width, height });
    counts.answered++;
    if (maker.version !== expected) counts.byAnotherModel++;
  }
};
const sessions = Array.from({ length: 2 * pool.threads }, session);
const residentMegabytes: number[] = [];
const micros: number[] = [];
for (let version = 1; version <= swaps; version++) {
  const start = performance.now();
  await pool.load(named(version));
  current = version;
  pool.use(`swap ${version}`);
  micros.push(1_000 * (performance.now() - start));
  if (version >= 2) await pool.release(`swap ${version - 2}`);
  if (version % Math.max(1, Math.floor(swaps / SAMPLES)) === 0)
    residentMegabytes.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
}
counts.isOver = true;
await Promise.all(sessions);
await pool.close();
micros.sort((a, b) => a - b);
console.log(`RSS in MB along ${swaps} swaps: ${residentMegabytes.join(' ')}; ${JSON.stringify(counts)}`);
report({
  topic: 'swaps',
  figures: [
    {
      name: 'load and use a model under load',
      perSecond: Math.round(1e6 / medianOf(micros)),
      micros: Math.round(medianOf(micros)),
      fastest: Math.round(micros[0]!),
      slowest: Math.round(micros.at(-1)!),
      rounds: swaps,
    },
  ],
  extra: { residentMegabytes, ...counts },
});
