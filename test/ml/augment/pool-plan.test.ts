import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planPool } from '../../../ml/augment/pool-plan.ts';
import { NO_GROUP } from '../../../ml/dataset/samples.ts';

const members = (sources: number[], groups: number[]) => ({
  sources: Uint8Array.from(sources),
  groups: Uint32Array.from(groups),
});

describe('the plan of a pool', () => {
  it('gives named sources their share and the others the rest by size', () => {
    const { masters } = planPool({
      members: members([0, 0, 1, 2, 2, 2], Array<number>(6).fill(NO_GROUP)),
      sourceNames: ['handwriting', 'mine', 'theirs'],
      shares: { handwriting: 0.5 },
      poolSize: 800,
      seed: 1,
    });
    const counts = [0, 0, 0];
    for (const master of masters) counts[master < 2 ? 0 : master === 2 ? 1 : 2]!++;
    expect(counts).toEqual([400, 100, 300]);
  });

  it('draws every group equally often, whatever its size', () => {
    const { masters } = planPool({
      members: members([0, 0, 0, 0, 0], [7, 7, 7, 7, 9]),
      sourceNames: ['typefaces'],
      shares: {},
      poolSize: 400,
      seed: 3,
    });
    expect([...masters].filter((master) => master === 4)).toHaveLength(200);
    for (const master of [0, 1, 2, 3]) expect([...masters].filter((drawn) => drawn === master)).toHaveLength(50);
  });

  it('never repeats a master with the same variant, fills the pool, and is the same for the same seed', () => {
    const input = fc.record({
      sources: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }),
      poolSize: fc.integer({ min: 1, max: 500 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
    });
    fc.assert(
      fc.property(input, ({ sources, poolSize, seed }) => {
        const groups = sources.map((_, index) => (index % 3 === 0 ? NO_GROUP : index % 5));
        const options = {
          members: members(sources, groups),
          sourceNames: ['a', 'b', 'c', 'd'],
          shares: {},
          poolSize,
          seed,
        };
        const plan = planPool(options);
        const pairs = new Set([...plan.masters].map((master, i) => `${master}/${plan.variants[i]}`));
        expect(pairs.size).toBe(poolSize);
        expect(planPool(options)).toEqual(plan);
      }),
      { seed: 23, numRuns: 200 },
    );
  });

  it('gives the share of an absent source to the others', () => {
    const options = { sourceNames: ['a', 'b'], shares: { a: 0.3, b: 0.2 }, poolSize: 10, seed: 0 };
    expect(planPool({ members: members([0], [NO_GROUP]), ...options }).masters).toHaveLength(10);
  });

  it('refuses to draw from nothing', () => {
    expect(() => planPool({ members: members([], []), sourceNames: ['a'], shares: {}, poolSize: 10, seed: 0 })).toThrow(
      /at least one training sample/,
    );
  });
});
