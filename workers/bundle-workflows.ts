// node --import tsx workers/bundle-workflows.ts ENTRY BUNDLE: bundles workflows into a file, written whole or not at all.

import { writeOnce } from '../setup/bundles/write-once.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

const [entry, bundle] = process.argv.slice(2) as [string, string];
const { code } = await bundleWorkflows(entry);
await writeOnce(bundle, Buffer.from(code));
