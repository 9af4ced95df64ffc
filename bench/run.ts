// `npm run bench -- TOPIC [arguments]`: runs one bench; without a topic it lists them.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { MEMORY_GIVEN_BACK } from '../cli/stack/memory-given-back.ts';

const HELPERS = [
  'run.ts',
  'harness.ts',
  'options.ts',
  'table.ts',
  'digits.ts',
  'frames.ts',
  'champion-store.ts',
  'local-pipeline.ts',
];
/** What runs with the memory settings that the product's supervisor gives its workers. */
const AS_WORKERS = ['growth', 'many-files', 'serve', 'staleness', 'swaps'];

const folder = import.meta.dirname;
const topics = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !HELPERS.includes(file))
  .map((file) => path.basename(file, '.ts'));
const [topic, ...rest] = process.argv.slice(2);
if (topic === undefined || !topics.includes(topic)) {
  console.error(
    `npm run bench -- TOPIC\n\nTopics: ${topics.join(', ')}\nThe last line of stdout is one JSON document.`,
  );
  process.exit(topic === undefined || topic === '--help' ? 0 : 2);
}
const { status } = spawnSync(process.execPath, ['--import', 'tsx', path.join(folder, `${topic}.ts`), ...rest], {
  stdio: 'inherit',
  env: { ...process.env, ...(AS_WORKERS.includes(topic) && MEMORY_GIVEN_BACK) },
});
process.exit(status ?? 1);
