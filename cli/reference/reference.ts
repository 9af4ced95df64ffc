// What the reference is made of: the grammar, and the few facts that no verb tells.

import type { Command } from 'commander';
import { commonOptions, referenceOf, type ReferenceOption, type ReferenceVerb } from './structure.ts';

export interface Reference {
  description: string;
  version: string;
  verbs: ReferenceVerb[];
  common: ReferenceOption[];
  exitCodes: string;
}

export const EXIT_CODES = '0 done, 1 failed, 2 wrong use, 3 refused by a gate, 130 interrupted';

export const readReference = (program: Command): Reference => ({
  description: program.description(),
  version: program.version() ?? '',
  verbs: referenceOf(program),
  common: commonOptions(program),
  exitCodes: EXIT_CODES,
});
