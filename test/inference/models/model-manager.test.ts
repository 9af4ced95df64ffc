import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keys } from '../../../artifacts/keys.ts';
import { encodeModelVersion } from '../../../artifacts/manifests.ts';
import { RuntimeFailure } from '../../../inference/runtimes/runtime.ts';
import { makeChampion, publishRandomModel, type RandomModelOptions } from '../published-model.ts';
import { fakeHost, managerWorld, signingKey, type ManagerWorld } from './manager-world.ts';

let world: ManagerWorld;
beforeEach(async () => {
  world = await managerWorld();
});
const publish = async (seed: number, options: RandomModelOptions = {}) =>
  (await publishRandomModel(world.store, { seed, signingKey, ...options })).version;

/** On a busy machine a file takes its time. */
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 120_000, interval: 10 });

describe('a model manager', () => {
  it('serves the champion, and the next one when the alias moves', async () => {
    const first = await publish(1);
    const manager = world.start();
    await manager.check();
    expect(manager.current()).toMatchObject({ version: 1, digest: first.digest, threshold: 0.5 });
    expect(manager.labels()).toEqual({ stable: 1 });
    const swaps: number[] = [];
    manager.onSwap(({ version }) => swaps.push(version));
    const second = await publish(2);
    await manager.check();
    expect(world.host.used).toEqual([first.digest, second.digest]);
    expect(swaps).toEqual([2]);
    expect(manager.loaded().map(({ version }) => version)).toEqual([2, 1]);
    expect(manager.labels()).toEqual({ stable: 2, previous: 1 });
    expect(manager.states()).toEqual([
      { name: 'digits', version: 1, state: 'READY', reason: '' },
      { name: 'digits', version: 2, state: 'READY', reason: '' },
    ]);
    await manager.close();
  });

  it('asks with a HEAD every two seconds and reads the aliases only when their ETag has changed', async () => {
    await publish(1);
    const manager = world.start();
    await manager.check();
    const { head, get } = world.store.calls;
    for (let round = 1; round <= 5; round++) {
      await eventually(() => expect(world.clock.sleeping().some((ms) => ms > 500)).toBe(true));
      expect(Math.max(...world.clock.sleeping())).toBe(2_000);
      world.clock.advance(2_000);
      await eventually(() => expect(world.store.calls.head).toBe(head + round));
    }
    expect(world.store.calls.get).toBe(get);
    await publish(2);
    await eventually(() => expect(world.clock.sleeping().some((ms) => ms > 500)).toBe(true));
    world.clock.advance(2_000);
    await eventually(() => expect(manager.current()?.version).toBe(2));
    await manager.close();
  });

  it('keeps two models, and rolls back to the one before without a download', async () => {
    const [first, second, third] = [await publish(1), await publish(2), await publish(3)];
    await makeChampion(world.store, 1);
    const manager = world.start();
    await manager.check();
    for (const version of [2, 3]) {
      await makeChampion(world.store, version);
      await manager.check();
    }
    expect([...world.host.held.keys()]).toEqual([second.digest, third.digest]);
    const { loads } = world.host;
    await makeChampion(world.store, 2);
    const { get } = world.store.calls;
    await manager.check();
    expect(manager.current()?.version).toBe(2);
    expect(manager.labels()).toEqual({ stable: 2, previous: 3 });
    expect(world.host.loads).toBe(loads);
    expect(world.store.calls.get).toBe(get + 1); // the aliases
    expect(world.host.used).toEqual([first, second, third, second].map(({ digest }) => digest));
    await manager.close();
  });

  it.each<[string, string, RandomModelOptions]>([
    ['that nobody trusted signed', 'signature', { signingKey: undefined }],
  ])('does not serve a version %s', async (_name, reason, options) => {
    await publish(1);
    const manager = world.start();
    await manager.check();
    await publish(2, options);
    await manager.check();
    expect(manager.current()?.version).toBe(1);
    expect(world.failures).toEqual([reason]);
    expect(manager.states()[1]).toMatchObject({ version: 2, state: 'UNAVAILABLE' });
    expect(manager.states()[1]?.reason).not.toBe('');
    expect(world.host.loads).toBe(1);
    await manager.close();
  });

  it('serves what nobody signed where it was told to, but never other bytes', async () => {
    const version = await publish(1, { signingKey: undefined });
    const manager = world.start({ insecureUnsigned: true });
    await manager.check();
    expect(manager.current()?.version).toBe(1);
    await world.store.put(keys.version('digits', 1), encodeModelVersion({ ...version, threshold: 0.1 }));
    const other = world.start({ insecureUnsigned: true, pool: fakeHost() });
    await other.check();
    expect(other.current()).toBeUndefined();
    expect(world.failures).toEqual(['digest']);
    await Promise.all([manager.close(), other.close()]);
  });

  it('does not serve a withdrawn version', async () => {
    const version = await publish(1);
    await world.store.put(
      keys.version('digits', 1),
      encodeModelVersion({ ...version, deletedAt: '2026-11-22T10:00:00.000Z' }),
    );
    const manager = world.start();
    await manager.check();
    expect(manager.current()).toBeUndefined();
    expect(manager.states()[0]?.reason).toMatch(/withdrawn at 2026-11-22/);
    await manager.close();
  });

  it('serves the version before at a start with a champion that is refused, but never a withdrawn one', async () => {
    const first = await publish(1);
    const before = world.start();
    await before.check();
    await before.close();
    await publish(2, { wrongGolden: true, signingKey: undefined });
    const manager = world.start({ pool: fakeHost() });
    await manager.check();
    expect(manager.current()?.version).toBe(1);
    expect(manager.states().map(({ state }) => state)).toEqual(['READY', 'UNAVAILABLE']);
    await manager.close();
    const withdrawn = { ...first, deletedAt: '2026-11-22T10:00:00.000Z' };
    await world.store.put(keys.version('digits', 1), encodeModelVersion(withdrawn));
    const another = world.start({ pool: fakeHost() });
    await another.check();
    expect(another.current()).toBeUndefined();
    await another.close();
  });

  it('stays at a pinned version whatever is champion', async () => {
    await publish(1);
    await publish(2);
    const manager = world.start({ pinnedVersion: 1 });
    await manager.check();
    expect(manager.current()?.version).toBe(1);
    await publish(3);
    await manager.check();
    expect(manager.labels()).toEqual({ stable: 1 });
    await manager.close();
  });

  it('serves the last good model from disk while the store is away, and the champion once it is back', async () => {
    await publish(1);
    const before = world.start();
    await before.check();
    await before.close();
    world.store.isDown = true;
    const pool = fakeHost();
    const manager = world.start({ pool });
    await manager.check();
    expect(manager.current()?.version).toBe(1);
    world.store.isDown = false;
    await publish(2);
    await manager.check();
    expect(manager.current()?.version).toBe(2);
    await manager.close();
  });

  it('tries a version again and again, further and further apart', async () => {
    await publish(1);
    world.host.refuse = new RuntimeFailure('not on this machine');
    const manager = world.start();
    await manager.check();
    const attempts = world.host.loads;
    const attemptAtMs: number[] = [];
    const loadsBefore = () => world.host.loads;
    for (let seen = attempts; attemptAtMs.length < 8;) {
      await eventually(() => expect(world.clock.sleeping().some((ms) => ms >= 1_000)).toBe(true));
      world.clock.advance(2_000);
      await eventually(() => expect(world.clock.sleeping().some((ms) => ms >= 1_000)).toBe(true));
      if (loadsBefore() > seen) {
        seen = loadsBefore();
        attemptAtMs.push(world.clock.monotonic());
      }
    }
    const gaps = attemptAtMs.slice(1).map((atMs, index) => atMs - attemptAtMs[index]!);
    expect(gaps.at(-1)).toBe(60_000);
    expect([...gaps].sort((a, b) => a - b)).toEqual(gaps);
    world.host.refuse = undefined;
    await manager.check();
    expect(manager.current()?.version).toBe(1);
    expect(manager.states()).toEqual([{ name: 'digits', version: 1, state: 'READY', reason: '' }]);
    await manager.close();
  });
});
