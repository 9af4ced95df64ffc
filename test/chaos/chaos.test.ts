import { describe, expect, it } from 'vitest';
import { chaos } from './chaos.ts';

describe('a stack whose processes are killed', () => {
  it('ends every run with the bits of an undisturbed one, and publishes once', { timeout: 600_000 }, async () => {
    const lines: string[] = [];
    const { kills, survived, problems } = await chaos({
      kills: 3,
      seed: 1,
      minutes: 1,
      lanes: 1,
      faults: false,
      trainSteps: 200, // long enough for checkpoints of four validations, and to be killed in
      backLimitMs: Number.POSITIVE_INFINITY, // times are for `npm run chaos` on a quiet machine
      say: (line) => lines.push(line),
    });
    expect(problems, lines.join('\n')).toEqual([]);
    expect(kills).toBeGreaterThan(0);
    expect(survived).toBe(kills);
  });
});
