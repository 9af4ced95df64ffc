// A process that starts a pool and a manager, reads one frame, and prints after how many milliseconds of its life it had
// the answer. For bench/predict.ts: CACHE_FOLDER as its argument.

import { checkoutFolder } from '../config/home.ts';
import { createModelManager } from '../inference/model-manager.ts';
import { createReaderPool } from '../inference/reader-pool.ts';
import { readerThreadFile } from '../workers/reader-thread-file.ts';
import { openChampionStore } from './champion-store.ts';

const log = { info: () => undefined, warn: console.error, error: console.error };
const pool = createReaderPool({ threadFile: await readerThreadFile(checkoutFolder), log });
const manager = createModelManager({
  store: openChampionStore(),
  pool,
  trustedKeys: [],
  insecureUnsigned: true, // whose model it is changes nothing about how long it takes
  cacheFolder: process.argv[2]!,
  log,
});
await manager.check();
const width = 320;
const height = 240;
const bytes = new Uint8Array(width * height).fill(220); // a dark bar on paper: a 1
for (let y = 60; y < 180; y++) bytes.fill(30, y * width + 150, y * width + 166);
await pool.readFrame({ kind: 'gray8', bytes, width, height });
const { user, system } = process.cpuUsage();
console.log(`${Math.round(performance.now())} ms (${Math.round((user + system) / 1_000)} ms of CPU)`);
await manager.close();
await pool.close();
