// Temporal's worker in a bundle: an esbuild plugin for those of its files that look for others beside themselves. Its
// native library stays where npm put it; its thread is a bundle of its own; the bundler of workflows, which a process of
// its own runs, is loaded from its package when it is asked for.

import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

const BUNDLER = '@temporalio/worker/lib/workflow/bundler';
const PREBUILT = '@temporalio/core-bridge/package.json';

/** The entry that becomes the thread, and the name of its bundle; the head of bundles has to define `bundleUrl`. */
export const WORKFLOW_THREAD = {
  name: 'workflow-thread',
  entry: '@temporalio/worker/lib/workflow/workflow-worker-thread.js',
};

interface Change {
  file: string;
  from: string;
  to: string;
}

const CHANGES: readonly Change[] = [
  {
    file: '@temporalio/worker/lib/workflow/threaded-vm.js',
    from: "require.resolve('./workflow-worker-thread')",
    to: `new URL('${WORKFLOW_THREAD.name}.mjs', bundleUrl)`,
  },
  {
    file: '@temporalio/core-bridge/common.js',
    from: '__dirname',
    to: `path.dirname(require.resolve('${PREBUILT}'))`,
  },
  {
    file: '@temporalio/worker/lib/debug-replayer/index.js',
    from: "require.resolve('./worker-thread')",
    to: "require.resolve('@temporalio/worker/lib/debug-replayer/worker-thread')",
  },
];

/** What is loaded from packages themselves; source-map reads a file beside itself. */
export const OUTSIDE_SDK = [BUNDLER, '@temporalio/worker/lib/debug-replayer/*', 'source-map', 'supports-color'];

/** @throws (in the build) when a file is not as it was when this was written: then the sources are what runs */
export const temporalSdk = (): Plugin => ({
  name: 'temporal-sdk',
  setup(build) {
    for (const { file, from, to } of CHANGES)
      build.onLoad({ filter: endingWith(file) }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (!text.includes(from)) throw new Error(`expected ${from} in ${file}`);
        return { contents: text.replaceAll(from, to), loader: 'js' };
      });
    build.onLoad({ filter: endingWith(`${BUNDLER}.js`) }, () => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require('${BUNDLER}')[name] });`,
      loader: 'js',
    }));
  },
});

const endingWith = (file: string): RegExp => new RegExp(`/node_modules/${file.replaceAll('.', '\\.')}$`);
