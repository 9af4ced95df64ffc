// node --import tsx workers/bundle-workflows.ts ENTRY BUNDLE: bundles workflows into a file, written whole or not at all.

import { rename, writeFile } from 'node:fs/promises';
import { bundleWorkflows } from './workflow-bundle.ts';

const [entry, bundle] = process.argv.slice(2) as [string, string];
const { code } = await bundleWorkflows(entry);
const temporary = `${bundle}.${process.pid}`;
await writeFile(temporary, code);
await rename(temporary, bundle);
