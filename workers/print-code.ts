// node --import tsx workers/print-code.ts: bundles the steps of this checkout and prints which code they run, as JSON: the
// same identities by which a version names what made it.

import { checkoutFolder } from '../config/home.ts';
import { bundleCode } from './code.ts';
import { stepEntries } from './step-entries.ts';

const code = await bundleCode(checkoutFolder, stepEntries);
const bundles = Object.fromEntries(Object.entries(code).map(([name, { identity }]) => [name, identity.bundle]));
process.stdout.write(`${JSON.stringify(bundles)}\n`);
