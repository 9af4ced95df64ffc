import { configDefaults, defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';

const testFiles = (globs: readonly string[]): string[] => globs.map((glob) => `test/${glob}.test.ts`);

/**
 * Files that change nothing of their process but what it has loaded: one each would take longer than most of them do.
 * Those that watch the memory of their process have it to themselves.
 */
const TOGETHER = testFiles([
  'activities/**/!(fuzz|idx)',
  'artifacts/!(full-disk|publish-interleavings|s3-elsewhere|store-faults)',
  'bench/!(cost-proxies)',
  'cli/**/!(models-export|serve)',
  'config/*',
  'inference/!(image-fuzz|picture-cost)',
  'inference/models/{allow-lists,model-manager}',
  'inference/routes/**/!(fuzz)',
  'inference/server/{desk,session-protocol,teaching,trust}',
  'inference/sources/sources',
  'ml/*',
  'ml/!(engines|export)/**/*',
  'setup/!(bootstrap|bundles)',
  'setup/components/*',
  'setup/stack/{log-file,namespace,restart-policy,serving-keys}',
  'simulation/*',
  'web/*',
  'workers/{crash-points,package-closure,settings}',
  'workflows/details-table',
]);

/** Files that mostly wait: for processes that start, for timeouts of killed ones. Three of them leave a third of two cores idle. */
const WAITING = testFiles(['{chaos,e2e,workers,workflows}/*', 'setup/stack/*']);

const CORES = 2; // of the machine on which this must be green

export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['test/support/servers.ts'],
    // Native modules (tfjs-node, onnxruntime) and real kills need a process of their own, not a thread.
    pool: 'forks',
    maxWorkers: CORES,
    // Patience, not promises: a test that waits in vain ends, and no other pays for it. Longer than `until` waits (test/support).
    testTimeout: 240_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    teardownTimeout: 15_000,
    reporters: ['default'],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true, // which joins lists: what is included stands only here
        test: {
          name: 'waiting',
          include: WAITING,
          exclude: [...configDefaults.exclude, ...TOGETHER],
          maxWorkers: 2 * CORES,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...TOGETHER, ...WAITING],
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: 'together', include: TOGETHER, isolate: false, sequence: { groupOrder: 1 } } },
    ],
  },
});
