// A store that says of each call what it was, how long it took, how many bytes it carried and how it ended.

import type { Store, StoredObject } from './store.ts';

export type StoreOperation = Exclude<keyof Store, 'now'>;

export interface StoreCall {
  operation: StoreOperation;
  /** Of a listing, its prefix. */
  key: string;
  /** `none`: there is no such object. `lost`: a condition did not hold. */
  outcome: 'ok' | 'none' | 'lost' | 'failed';
  seconds: number;
  readBytes: number;
  writtenBytes: number;
}

/** @param told after each call; a listing counts when it has ended */
export function meteredStore(store: Store, told: (call: StoreCall) => void): Store {
  const metered = async <Answer>(
    [operation, key]: [StoreOperation, string],
    call: () => Promise<Answer>,
    describe: (answer: Answer) => Partial<Omit<StoreCall, 'operation' | 'key' | 'seconds'>> = () => ({}),
  ): Promise<Answer> => {
    const startedMs = performance.now();
    const seconds = (): number => (performance.now() - startedMs) / 1_000;
    const base = { operation, key, outcome: 'ok', readBytes: 0, writtenBytes: 0 } as const;
    try {
      const answer = await call();
      told({ ...base, seconds: seconds(), ...describe(answer) });
      return answer;
    } catch (error) {
      told({ ...base, outcome: 'failed', seconds: seconds() });
      throw error;
    }
  };
  const present = (answer: unknown) => ({ outcome: answer === undefined ? ('none' as const) : ('ok' as const) });
  const conditional =
    (writtenBytes: number) =>
    ({ outcome }: { outcome: 'written' | 'lost' }) =>
      outcome === 'written' ? { writtenBytes } : { outcome };
  return {
    ...store,
    put: (key, bytes) =>
      metered(
        ['put', key],
        () => store.put(key, bytes),
        () => ({ writtenBytes: bytes.byteLength }),
      ),
    putIfAbsent: (key, bytes) =>
      metered(['putIfAbsent', key], () => store.putIfAbsent(key, bytes), conditional(bytes.byteLength)),
    replaceIf: (key, bytes, etag) =>
      metered(['replaceIf', key], () => store.replaceIf(key, bytes, etag), conditional(bytes.byteLength)),
    get: (key) =>
      metered(
        ['get', key],
        () => store.get(key),
        (found: StoredObject | undefined) => ({ ...present(found), readBytes: found?.sizeBytes ?? 0 }),
      ),
    head: (key) => metered(['head', key], () => store.head(key), present),
    delete: (key, options) => metered(['delete', key], () => store.delete(key, options)),
    refresh: (key) => metered(['refresh', key], () => store.refresh(key), present),
    async *list(prefix) {
      const startedMs = performance.now();
      const call = { operation: 'list', key: prefix, readBytes: 0, writtenBytes: 0 } as const;
      let outcome: StoreCall['outcome'] = 'failed';
      try {
        yield* store.list(prefix);
        outcome = 'ok';
      } finally {
        told({ ...call, outcome, seconds: (performance.now() - startedMs) / 1_000 });
      }
    },
  };
}
