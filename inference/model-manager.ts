// Keeps the pool at what the champion (or a pinned version) is. A version is fetched, verified and proved in every thread
// before it takes over; until then, and when it fails, the one before goes on answering.

import path from 'node:path';
import { isoNow, systemClock, type Clock } from '../artifacts/clock.ts';
import type { ModelVersion } from '../artifacts/manifests.ts';
import type { Store } from '../artifacts/store.ts';
import { createChampionWatch } from './models/champion-watch.ts';
import { failureReason, type LoadFailureReason } from './models/errors.ts';
import { fetchFromDisk, fetchModel, type FetchedModel } from './models/fetch-model.ts';
import { createLoadFailures } from './models/load-failures.ts';
import { createModelCache } from './models/model-cache.ts';
import type { Trust } from './models/verify-version.ts';
import type { ModelHost } from './pool/model-host.ts';
import type { ServingLog } from './serving-log.ts';
import type { ModelManager, ModelState, ServedModel } from './serving.ts';

const POLL_MS = 2_000;
/** While the store doesn't answer, asking it less often helps both. */
const MAX_POLL_MS = 15_000;
/** A store that has not answered by then at the start: the model on disk serves until it does. */
const DISK_AFTER_MS = 500;

export interface ModelManagerOptions {
  store: Store;
  pool: ModelHost;
  /** @default 'digits' */
  modelName?: string;
  /** Serves this version whatever is champion. */
  pinnedVersion?: number | undefined;
  /** Public keys as SPKI in DER, base64. None: every version is refused, unless `insecureUnsigned`. */
  trustedKeys: string[];
  /** Serves versions that nobody trusted has signed. @default false */
  insecureUnsigned?: boolean;
  /** For versions on disk; shared by any number of workers. */
  cacheFolder: string;
  clock?: Clock;
  /** 0 ≤ x < 1. */
  random?: () => number;
  log: ServingLog;
  /** Told of each failed attempt, for metrics. */
  onLoadFailure?: (reason: LoadFailureReason) => void;
}

/** Begins to watch at once; `check()` resolves when the first look is done. */
export function createModelManager(options: ModelManagerOptions): ModelManager {
  const { store, pool, modelName = 'digits', pinnedVersion, trustedKeys, insecureUnsigned = false } = options;
  const { cacheFolder, clock = systemClock, random = Math.random, log, onLoadFailure } = options;
  const trust: Trust = { trustedKeys, insecureUnsigned };
  const cache = createModelCache(path.join(cacheFolder, 'models', modelName));
  const champion = createChampionWatch(store, modelName);
  const failures = createLoadFailures({ now: () => clock.monotonic(), random });
  const listeners = new Set<(model: ServedModel) => void>();
  const closing = new AbortController();
  let current: ServedModel | undefined;
  let previous: ServedModel | undefined;
  let loading: number | undefined;
  let storeFailures = 0;
  let looks: Promise<void> = Promise.resolve();
  let waitingLook: { isForced: boolean } | undefined;
  let loads: Promise<unknown> = Promise.resolve();

  /** Looks overlap with nothing; loads, too, though a look may hang while the disk is read. */
  const oneLoadAtATime = <T>(load: () => Promise<T>): Promise<T> => {
    const mine = loads.then(load);
    loads = mine.catch(() => undefined);
    return mine;
  };

  const takeOver = async (next: ServedModel): Promise<void> => {
    pool.use(next.digest);
    const leaving = previous !== undefined && previous.digest !== next.digest ? previous : undefined;
    previous = current;
    current = next;
    // In the same turn as `use`: no frame of the new model has been answered yet.
    for (const listener of listeners)
      try {
        listener(next);
      } catch (error) {
        log.error({ err: error }, 'a listener of model swaps failed');
      }
    failures.remove(next.version);
    log.info({ model: modelName, version: next.version, digest: next.digest }, 'a model has taken over');
    if (leaving !== undefined) void pool.release(leaving.digest);
    await cache.setLastGood(next.record).catch((error: unknown) => {
      log.warn({ err: error }, 'the model in use could not be noted on disk');
    });
  };

  const bringUp = async (version: number, fetch: () => Promise<FetchedModel>): Promise<void> => {
    loading = version;
    try {
      const { record, model } = await fetch();
      if (insecureUnsigned) log.warn({ version }, 'a model is loaded whose signature is not asked for');
      await pool.load(model);
      await takeOver(servedModel(record));
    } catch (error) {
      if (closing.signal.aborted) return;
      const reason = failureReason(error);
      const detail = error instanceof Error ? error.message : String(error);
      const { attempts } = failures.add(version, reason, detail);
      onLoadFailure?.(reason);
      log.error({ err: error, model: modelName, version, reason, attempts }, 'a model could not be loaded');
    } finally {
      loading = undefined;
    }
  };

  const servedModel = (record: ModelVersion): ServedModel => {
    const { name, version, digest, classes, threshold, preprocessing } = record;
    return { name, version, digest, record, classes, threshold, preprocessing, loadedAt: isoNow(clock) };
  };

  const bringUpWanted = async (version: number, isForced: boolean): Promise<void> => {
    if (current?.version === version) return;
    if (previous?.version === version) return takeOver({ ...previous, loadedAt: isoNow(clock) });
    const isDue = (failures.of(version)?.nextAttemptMs ?? 0) <= clock.monotonic();
    if (!isForced && !isDue) return;
    await bringUp(version, () => fetchModel({ store, cache, trust, log }, { name: modelName, version }));
  };

  /** Serves what the disk has while the store doesn't answer and nothing else is served. */
  const bringUpFromDisk = async (): Promise<void> => {
    if (current !== undefined || closing.signal.aborted) return;
    const record = await (pinnedVersion === undefined ? cache.lastGoodRecord() : cache.record(pinnedVersion));
    if (record === undefined) return;
    log.warn({ version: record.version }, 'the store does not answer: the model on disk is used');
    await bringUp(record.version, () => fetchFromDisk({ cache, trust }, record));
  };

  /** At a start with a champion that is refused: the one that served before, unless the store says no to that, too. */
  const bringUpLastGood = async (refused: number): Promise<void> => {
    if (current !== undefined || closing.signal.aborted || pinnedVersion !== undefined) return;
    const version = (await cache.lastGoodRecord())?.version;
    if (version !== undefined && version !== refused) await bringUpWanted(version, false);
  };

  const lookOnce = async (isForced: boolean): Promise<void> => {
    if (closing.signal.aborted) return;
    let wanted = pinnedVersion;
    try {
      if (pinnedVersion === undefined) wanted = (await champion.look()).champion;
      if (storeFailures > 0) log.info({}, 'the store answers again');
      storeFailures = 0;
    } catch (error) {
      storeFailures++;
      if (storeFailures === 1)
        log.warn({ err: error }, 'the champion could not be asked for; what is loaded serves on');
      return oneLoadAtATime(bringUpFromDisk);
    }
    if (wanted === undefined) return;
    const version = wanted;
    await oneLoadAtATime(() => bringUpWanted(version, isForced));
    if (current !== undefined) return;
    const isStoreAway = failures.of(version)?.reason === 'store';
    await oneLoadAtATime(isStoreAway ? bringUpFromDisk : () => bringUpLastGood(version));
  };
  /** A look that waits for its turn serves everybody who asks meanwhile. */
  const look = (isForced: boolean): Promise<void> => {
    if (waitingLook !== undefined) {
      waitingLook.isForced ||= isForced;
      return looks;
    }
    const mine = { isForced };
    waitingLook = mine;
    looks = looks.then(() => {
      waitingLook = undefined;
      return lookOnce(mine.isForced);
    });
    return looks;
  };

  const watch = async (): Promise<void> => {
    const { signal } = closing;
    try {
      const first = look(true).then(() => true);
      const hasAnswered = await Promise.race([first, clock.sleep(DISK_AFTER_MS, signal).then(() => false)]);
      if (!hasAnswered) await oneLoadAtATime(bringUpFromDisk);
      for (;;) {
        const delayMs = Math.min(MAX_POLL_MS, POLL_MS * 2 ** storeFailures);
        await clock.sleep(delayMs * (0.9 + 0.2 * random()), signal);
        await look(false);
      }
    } catch (error) {
      if (!signal.aborted) log.error({ err: error }, 'the watch of the champion ended');
    }
  };
  void watch();

  return {
    modelName,
    current: () => current,
    loaded: () => [current, previous].filter((model) => model !== undefined),
    states() {
      const states = new Map<number, ModelState>();
      for (const { version, detail } of failures.all())
        states.set(version, { name: modelName, version, state: 'UNAVAILABLE', reason: detail });
      if (loading !== undefined)
        states.set(loading, { name: modelName, version: loading, state: 'LOADING', reason: '' });
      for (const model of [current, previous])
        if (model !== undefined)
          states.set(model.version, { name: modelName, version: model.version, state: 'READY', reason: '' });
      return [...states.values()].sort((a, b) => a.version - b.version);
    },
    labels() {
      const { candidate } = champion.last;
      const isLoaded = candidate !== undefined && [current, previous].some((model) => model?.version === candidate);
      return {
        ...(current !== undefined && { stable: current.version }),
        ...(isLoaded && { canary: candidate }),
        ...(previous !== undefined && { previous: previous.version }),
      };
    },
    onSwap(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    check: () => look(true),
    async close() {
      closing.abort(new Error('the model manager was closed'));
      await loads; // not for a look that hangs: the store's own deadline ends it
    },
  };
}
