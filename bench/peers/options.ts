// What `npm run bench:peers` may be told. It knows no file system and no Python.

import { parseArgs } from 'node:util';

export interface PeersOptions {
  /** Path of the archive; undefined: where none was named. */
  data: string | undefined;
  /** How often ours and theirs take turns. */
  rounds: number;
  /** Whether the table goes into docs/performance.md. */
  write: boolean;
  /** Whether Keras also trains until it reads as well as we do. */
  full: boolean;
  /** Of that training. */
  kerasSeeds: number[];
  kerasSteps: number;
}

/** Thrown when an argument can't be meant. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

export const USAGE = `npm run bench:peers -- [options]

Measures digitflow and the reference's recipe in Keras and OpenCV in turn on this machine, and prints their ratios.
The last line of stdout is one JSON document; progress goes to stderr. Python 3.11 to 3.13 must be on PATH: packages are
installed once, into the cache folder (1.8 GB). Stop what else the machine does: the table names its load.

  --data ARCHIVE       a .tgz of PNGs, one folder SampleNNN a class, as Char74K's font digits [DIGITFLOW_BENCH_DATA]
                       (default: the one named last)
  --rounds N           how often both take turns, 1 to 50; seeds 1 … N of our training (default 5)
  --write              writes the table into docs/performance.md
  --full               Keras also trains until it reads as well as we do: half an hour and more
  --keras-seeds N      with --full: how many trainings of Keras (default 3)
  --keras-steps N      with --full: after so many steps each it is given up (default 9000, a multiple of 150)`;

/** @throws WrongUse */
export function parsePeersOptions(args: string[]): PeersOptions | 'help' {
  const values = parsed(args);
  if (values.help) return 'help';
  const kerasSteps = integer('--keras-steps', values['keras-steps'], 150, 1_000_000);
  if (kerasSteps % 150 !== 0) throw new WrongUse(`--keras-steps: expected a multiple of 150, got ${kerasSteps}`);
  return {
    data: values.data,
    rounds: integer('--rounds', values.rounds, 1, 50),
    write: values.write,
    full: values.full,
    kerasSeeds: Array.from({ length: integer('--keras-seeds', values['keras-seeds'], 1, 20) }, (_, i) => i + 1),
    kerasSteps,
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        data: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        write: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        'keras-seeds': { type: 'string', default: '3' },
        'keras-steps': { type: 'string', default: '9000' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new WrongUse(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function integer(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new WrongUse(`${option}: expected a whole number from ${least} to ${most}, got '${text}'`);
  return value;
}
