// A model manager with everything around it in the test's hands: a store that can go away, a clock that stands still until
// it is moved, and a pool without threads that counts.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Clock } from '../../../artifacts/clock.ts';
import { StoreUnavailable } from '../../../artifacts/errors.ts';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { createSigningKey, publicKeyOf } from '../../../artifacts/signature.ts';
import type { Store } from '../../../artifacts/store.ts';
import type { LoadedModel } from '../../../inference/load-model.ts';
import { createModelManager, type ModelManagerOptions } from '../../../inference/model-manager.ts';
import type { LoadFailureReason } from '../../../inference/models/errors.ts';
import type { ModelHost } from '../../../inference/pool/model-host.ts';
import { countingStore, type CountingStore } from '../../support/counting-store.ts';
import { silentServingLog } from '../../support/silent-log.ts';

export const signingKey = createSigningKey();
export const trustedKeys = [publicKeyOf(signingKey)];

/** Counts what a pool would be asked for. */
export interface FakeHost extends ModelHost {
  held: Map<string, LoadedModel>;
  used: string[];
  loads: number;
  /** Thrown by the next loads. */
  refuse: Error | undefined;
}

export function fakeHost(): FakeHost {
  const host: FakeHost = {
    held: new Map(),
    used: [],
    loads: 0,
    refuse: undefined,
    async load(model) {
      host.loads++;
      if (host.refuse !== undefined) throw host.refuse;
      host.held.set(model.identity.digest, model);
    },
    use(digest) {
      if (!host.held.has(digest)) throw new Error(`expected a loaded model, got ${digest}`);
      host.used.push(digest);
    },
    async release(digest) {
      host.held.delete(digest);
    },
  };
  return host;
}

export interface ManualClock extends Clock {
  /** Lets time pass; sleepers whose time has come wake. */
  advance(durationMs: number): void;
  /** Durations of sleeps that have not ended. */
  sleeping(): number[];
}

export function manualClock(): ManualClock {
  let nowMs = 0;
  const sleepers = new Set<{ untilMs: number; wake: () => void }>();
  return {
    now: () => 1_795_000_000_000 + nowMs,
    monotonic: () => nowMs,
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { untilMs: nowMs + durationMs, wake: resolve };
        sleepers.add(sleeper);
        const onAbort = (): void => reject(signal!.reason as Error);
        sleeper.wake = () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    advance(durationMs) {
      nowMs += durationMs;
      for (const sleeper of sleepers)
        if (sleeper.untilMs <= nowMs) {
          sleepers.delete(sleeper);
          sleeper.wake();
        }
    },
    sleeping: () => [...sleepers].map(({ untilMs }) => untilMs - nowMs),
  };
}

export interface SwitchedStore extends CountingStore {
  isDown: boolean;
  /** One bit of one object is another in every answer. */
  flipped: { key: string; byte: number; bit: number } | undefined;
}

/** A store that gives no answer while it is down, and wrong bytes where it is told to. */
export function switchedStore(store: Store): SwitchedStore {
  const counted = countingStore(store);
  const switched = {
    isDown: false,
    flipped: undefined,
    calls: counted.calls,
    async *list(prefix: string) {
      check('list');
      yield* counted.list(prefix);
    },
  } as unknown as SwitchedStore;
  const check = (operation: string): void => {
    if (switched.isDown) throw new StoreUnavailable({ bucket: 'memory', operation }, 'none: the test took it away');
  };
  switched.get = async (key) => {
    check('get');
    const found = await counted.get(key);
    if (found !== undefined && switched.flipped?.key === key)
      found.bytes[switched.flipped.byte]! ^= 1 << switched.flipped.bit;
    return found;
  };
  for (const name of ['put', 'putIfAbsent', 'replaceIf', 'head', 'delete', 'refresh', 'now'] as const)
    Object.assign(switched, {
      [name]: async (...all: never[]) => {
        check(name);
        return (counted[name] as (...all: never[]) => Promise<unknown>)(...all);
      },
    });
  return switched;
}

export interface ManagerWorld {
  store: SwitchedStore;
  host: FakeHost;
  clock: ManualClock;
  cacheFolder: string;
  failures: LoadFailureReason[];
  /** Another manager over the same store and disk, as after a restart. */
  start(options?: Partial<ModelManagerOptions>): ReturnType<typeof createModelManager>;
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 }))));

/** Its folder goes when the test file has ended. */
export async function managerWorld(): Promise<ManagerWorld> {
  const cacheFolder = await mkdtemp(path.join(tmpdir(), 'digitflow-models-'));
  folders.push(cacheFolder);
  const world: ManagerWorld = {
    store: switchedStore(createMemoryStore()),
    host: fakeHost(),
    clock: manualClock(),
    cacheFolder,
    failures: [],
    start: (options = {}) =>
      createModelManager({
        store: world.store,
        pool: world.host,
        trustedKeys,
        cacheFolder,
        clock: world.clock,
        random: () => 0.5,
        log: silentServingLog,
        onLoadFailure: (reason) => world.failures.push(reason),
        ...options,
      }),
  };
  return world;
}
