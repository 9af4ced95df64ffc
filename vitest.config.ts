import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/servers.ts'],
    // Native modules (tfjs-node, onnxruntime) and real kills need a process of their own, not a thread.
    pool: 'forks',
    maxWorkers: 2, // the machine this must be green on has two cores
    testTimeout: 20_000, // real servers on a busy machine: a conditional write waits for a disk
    hookTimeout: 60_000, // the first test that asks for Temporal waits until it is up
    teardownTimeout: 15_000,
    reporters: ['default'],
  },
});
