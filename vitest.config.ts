import { configDefaults, defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';

/** Files without servers, native libraries or state of a process: one each would take longer than most of them do. */
const TOGETHER = ['activities/**', 'config', 'inference/routes', 'ml', 'ml/!(engines|export)/**', 'simulation'].map(
  (folder) => `test/${folder}/*.test.ts`,
);

export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['test/support/servers.ts'],
    // Native modules (tfjs-node, onnxruntime) and real kills need a process of their own, not a thread.
    pool: 'forks',
    maxWorkers: 2, // the machine this must be green on has two cores
    testTimeout: 20_000, // real servers on a busy machine: a conditional write waits for a disk
    hookTimeout: 60_000, // the first test that asks for Temporal waits until it is up
    teardownTimeout: 15_000,
    reporters: ['default'],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true, // which joins lists: what is included stands only here
        test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: [...configDefaults.exclude, ...TOGETHER] },
      },
      { extends: true, test: { name: 'together', include: TOGETHER, isolate: false } },
    ],
  },
});
