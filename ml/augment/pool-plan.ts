// Which training sample stands at which place of the pool: a pure function of the split and the seed, so that any part of
// the pool made anywhere, in any order, has the same bytes.

import { sortIntoLists } from '../dataset/flat-lists.ts';
import { NO_GROUP } from '../dataset/samples.ts';
import { createRandom, permutation } from '../random.ts';

/** The samples that can be drawn from, one entry a master. */
export interface PlanMembers {
  sources: Uint8Array; // [masters] index into source names
  groups: Uint32Array; // [masters] group id or NO_GROUP
}

export interface PoolPlanOptions {
  members: PlanMembers;
  sourceNames: string[];
  /** Source name → share of the pool, 0 … 1; sources not named divide the rest by their number of samples. */
  shares: Record<string, number>;
  poolSize: number;
  seed: number;
}

export interface PoolPlan {
  masters: Uint32Array; // [poolSize] which master
  variants: Uint32Array; // [poolSize] how often this master was drawn before: with the master it names all randomness
}

/** Streams of the generator, so that no two uses share random numbers. */
const ORDER_STREAM = 0x706c616e;

/**
 * Within a source every sample is drawn equally often (± 1); where all samples of a source have a group, every group is,
 * so that a typeface with four styles counts no more than one with two.
 * @throws RangeError when there is nothing to draw from
 */
export function planPool({ members, sourceNames, shares, poolSize, seed }: PoolPlanOptions): PoolPlan {
  const bySource = sortIntoLists(members.sources, sourceNames.length);
  const counts = allot(
    sourceNames.map((name, source) => ({ size: bySource.sizeOf(source), share: shares[name] })),
    poolSize,
  );
  const plan: PoolPlan = { masters: new Uint32Array(poolSize), variants: new Uint32Array(poolSize) };
  const drawn = new Uint32Array(members.sources.length);
  let at = 0;
  for (const [source, places] of counts.entries()) {
    const draw = drawEvenly(bySource.of(source), members.groups, seed, source);
    for (let i = 0; i < places; i++) {
      const master = draw();
      plan.masters[at] = master;
      plan.variants[at] = drawn[master]!++;
      at++;
    }
  }
  return plan;
}

/** How many places each source gets: named shares first (sources without samples lose theirs), the rest by size. */
function allot(sources: { size: number; share: number | undefined }[], poolSize: number): number[] {
  const present = sources.map(({ size, share }) => ({ size, share: size === 0 ? 0 : share }));
  const named = present.reduce((sum, { share }) => sum + (share ?? 0), 0);
  const unnamedSize = present.reduce((sum, { size, share }) => sum + (share === undefined ? size : 0), 0);
  const rest = Math.max(0, 1 - named);
  const weights = present.map(({ size, share }) => share ?? (unnamedSize === 0 ? 0 : (rest * size) / unnamedSize));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) throw new RangeError('pool: expected at least one training sample with a share above 0, got none');
  let given = 0;
  let reached = 0;
  return weights.map((weight) => {
    reached += weight;
    const count = Math.round((reached / total) * poolSize) - given;
    given += count;
    return count;
  });
}

/** Rounds over the groups, and over each group's samples, each round in the same seeded order. */
function drawEvenly(own: Uint32Array, groups: Uint32Array, seed: number, source: number): () => number {
  const shuffled = permutation(own.length, createRandom(seed, ORDER_STREAM, source)).map((i) => own[i]!);
  const grouped = own.length > 0 && own.every((master) => groups[master] !== NO_GROUP);
  const rounds = new Map<number, number>(); // a list each, in the order of coming
  const roundOf = shuffled.map((master) => {
    const group = grouped ? groups[master]! : 0;
    if (!rounds.has(group)) rounds.set(group, rounds.size);
    return rounds.get(group)!;
  });
  const lists = sortIntoLists(roundOf, rounds.size);
  let turn = 0;
  return () => {
    const list = lists.of(turn % lists.count);
    const master = shuffled[list[Math.floor(turn / lists.count) % list.length]!]!;
    turn++;
    return master;
  };
}
