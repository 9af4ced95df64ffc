// Durations as people write them on the command line.

import { WrongUse } from '../errors.ts';

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A parser for an option, e.g. `36h`, `2d`, `90m`, `0`. @throws WrongUse */
export function durationMs(option: string): (text: string) => number {
  return (text) => {
    if (text === '0') return 0;
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    if (count === undefined)
      throw new WrongUse(`${option}: expected a duration such as 36h, 2d, 90m or 0, got ${JSON.stringify(text)}`);
    return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  };
}
