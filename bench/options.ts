// Options of a bench: --help says them, and a wrong one is refused with the same words.

import { parseArgs, type ParseArgsConfig } from 'node:util';

/** @returns the values; ends the process with the usage where it was asked for (0) or an argument can't be meant (2) */
export function readOptions<Options extends NonNullable<ParseArgsConfig['options']>>(usage: string, options: Options) {
  try {
    if (!process.argv.includes('--help')) return parseArgs({ options }).values;
    console.log(usage);
    return process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(2);
  }
}
