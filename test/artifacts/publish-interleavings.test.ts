// Publishers, people and a wire that is cut, on a real MinIO: what the simulation shows of every order of events, shown of
// those that a real server makes.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import { StoreUnavailable } from '../../artifacts/errors.ts';
import { createMinioBucket, createMinioStore } from '../../artifacts/minio-store.ts';
import {
  listVersions,
  moveAlias,
  moveIdOf,
  NoPreviousVersion,
  publishVersion,
  readAliases,
  readMoves,
  rollBack,
} from '../../artifacts/registry.ts';
import type { Store } from '../../artifacts/store.ts';
import { createRandom, type Random } from '../../ml/random.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';
import { sharedMinio } from '../support/minio.ts';
import { modelCandidate } from '../support/model-candidate.ts';
import { share } from '../support/proofs.ts';

const INTERLEAVINGS = share(200);
const AT_ONCE = 4;
const WORDS = ['one', 'two', 'three'];

let store: Store;
let proxy: FaultyProxy;
let throughProxy: Store;

beforeAll(async () => {
  const options = { ...(await sharedMinio()), bucket: `interleavings-${randomBytes(6).toString('hex')}` };
  await createMinioBucket(options);
  store = createMinioStore(options);
  proxy = await startFaultyProxy(options.endpoint);
  throughProxy = createMinioStore({ ...options, endpoint: proxy.endpoint });
  proxy.failAs(() => (lostAnswers > 0 && lostAnswers-- > 0 ? { kind: 'lost answer' } : undefined));
});
afterAll(() => proxy?.close());

class Killed extends Error {}

let attemptCount = 0;
/** Of the next requests through the proxy. */
let lostAnswers = 0;

/** A store whose caller is gone after some calls: the last one is sent, and nobody hears its answer. */
function mortal(of: Store, callsLeft: number): Store {
  const call = <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (callsLeft-- <= 0) {
        void method(...args).catch(() => undefined);
        throw new Killed();
      }
      return method(...args);
    };
  };
  return {
    ...of,
    get: call((key) => of.get(key)),
    putIfAbsent: call((key, bytes) => of.putIfAbsent(key, bytes)),
    replaceIf: call((key, bytes, etag) => of.replaceIf(key, bytes, etag)),
  };
}

/** Tries again until an attempt is not killed, as Temporal does. */
async function attempts(random: Random, attempt: (store: Store) => Promise<void>): Promise<void> {
  for (let kills = random.integer(3); ; kills--) {
    // By turns, not by chance: how often a wire is cut does not hang on the order in which attempts ask.
    const wire = attemptCount++ % 2 === 0 ? throughProxy : store;
    if (attemptCount % 5 === 0) lostAnswers++;
    try {
      return await attempt(kills > 0 ? mortal(wire, random.integer(8)) : wire);
    } catch (error) {
      // A store that is cut off again and again is as good as a killed caller.
      if (!(error instanceof Killed || error instanceof StoreUnavailable)) throw error;
    }
  }
}

async function interleave(seed: number): Promise<void> {
  const random = createRandom(seed);
  const name = `model-${seed}`;
  const candidates = WORDS.map((word) => modelCandidate(word, { name }));
  const run = (index: number) => async (own: Store) => {
    const registry = { store: own, clock: systemClock };
    const { version } = await publishVersion(registry, candidates[index % WORDS.length]!);
    const intent = {
      workflowId: `run-${index}`,
      firstExecutionRunId: 'first',
      digest: version.digest,
      alias: 'champion' as const,
    };
    const move = {
      model: name,
      alias: intent.alias,
      to: version.version,
      reason: 'better',
      author: `run-${index}`,
      firstTimeOnly: true,
    };
    await moveAlias(registry, { ...move, moveId: moveIdOf(intent) });
  };
  const person = async (own: Store): Promise<void> => {
    const moveId = moveIdOf({ workflowId: 'person', firstExecutionRunId: '', digest: '', alias: 'champion' });
    const decision = { model: name, reason: 'misreads 7', author: 'a person', moveId };
    await rollBack({ store: own, clock: systemClock }, decision).catch((error: unknown) => {
      if (!(error instanceof NoPreviousVersion)) throw error;
    });
  };
  const runs = Array.from({ length: 4 }, (_, index) => run(index));
  await Promise.all([...runs, person].map((each) => attempts(random, each)));

  const before = await readAliases(store, name);
  for (const each of runs) await each(store); // a late retry of everything: nothing moves any more
  const after = await readAliases(store, name);
  expect(after, `seed ${seed}: late retries`).toEqual(before);
  const versions = await listVersions(store, name);
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3]);
  expect(new Set(versions.map(({ digest }) => digest)).size).toBe(WORDS.length);
  const moves = await readMoves(store, name);
  expect(new Set(moves.map(({ moveId }) => moveId)).size).toBe(moves.length);
  moves.forEach((move, index) => expect(move.from).toBe(index === 0 ? null : moves[index - 1]!.to));
  expect(after.champion).toBe(moves.at(-1)!.to);
}

it(
  `publishes each content once in one line of moves, whoever is killed or cut off (${INTERLEAVINGS} interleavings)`,
  { timeout: 600_000 },
  async () => {
    let seed = 0;
    const lane = async (): Promise<void> => {
      while (seed < INTERLEAVINGS) await interleave(seed++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    expect(proxy.failed()).toBeGreaterThan(INTERLEAVINGS / 4); // else nothing was tried
  },
);
