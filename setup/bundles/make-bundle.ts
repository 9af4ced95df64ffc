// node --import tsx setup/bundles/make-bundle.ts PROGRAM: bundles the program unless its bundle stands, and prints where.

import { checkoutFolder } from '../../config/home.ts';
import { programBundle, PROGRAMS, type ProgramName } from './program-bundle.ts';

const name = process.argv[2] ?? '';
if (!Object.hasOwn(PROGRAMS, name)) {
  process.stderr.write(`expected one of ${Object.keys(PROGRAMS).join(', ')}, got ${JSON.stringify(name)}\n`);
  process.exit(2);
}
process.stdout.write(`${await programBundle(checkoutFolder, name as ProgramName)}\n`);
