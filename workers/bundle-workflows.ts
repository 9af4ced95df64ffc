// node --import tsx workers/bundle-workflows.ts ENTRY BUNDLE [traced]: bundles workflows into a file, written whole or not at all.

import { writeOnce } from '../setup/bundles/write-once.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

const [entry, bundle, traced] = process.argv.slice(2) as [string, string, string | undefined];
const { code } = await bundleWorkflows(entry, { traced: traced === 'traced' });
await writeOnce(bundle, Buffer.from(code));
