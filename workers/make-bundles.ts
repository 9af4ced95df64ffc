// node --import tsx workers/make-bundles.ts: makes every bundle that workers would make at their start, for an image whose
// files can't be written later. Prints where they lie. Safe to repeat: what stands is left alone.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { checkoutFolder } from '../config/home.ts';
import { programBundle } from '../setup/bundles/program-bundle.ts';
import { buildPage } from '../setup/web-page.ts';
import { bundleCode } from './code.ts';
import { readerThreadFile } from './reader-thread-file.ts';
import { stepEntries } from './step-entries.ts';
import { cachedWorkflowBundle } from './workflow-bundle.ts';

const code = await bundleCode(checkoutFolder, stepEntries);
const made = [
  ...Object.values(code).map(({ file }) => file),
  await cachedWorkflowBundle(checkoutFolder),
  await cachedWorkflowBundle(checkoutFolder, { traced: true }),
  await readerThreadFile(checkoutFolder),
  await programBundle(checkoutFolder, 'pipeline'),
  await programBundle(checkoutFolder, 'inference'),
  await programBundle(checkoutFolder, 'cli'),
  (await buildPage()).folder,
];
// Workers note here what they run; a container gives them a place for it that is gone with it.
await mkdir(path.join(checkoutFolder, 'node_modules', '.cache', 'digitflow', 'notes'), { recursive: true });
process.stdout.write(made.map((file) => `${path.relative(checkoutFolder, file)}\n`).join(''));
