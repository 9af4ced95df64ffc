import type { Store } from '../../artifacts/store.ts';

export interface CountingStore extends Store {
  calls: Record<keyof Store, number>;
}

/** The same store, with a count of each call. */
export function countingStore(store: Store): CountingStore {
  const calls = { put: 0, putIfAbsent: 0, replaceIf: 0, get: 0, head: 0, list: 0, delete: 0, refresh: 0, now: 0 };
  const count = <Call extends (...args: never[]) => unknown>(name: keyof Store, call: Call): Call =>
    ((...args: Parameters<Call>) => {
      calls[name]++;
      return call(...args);
    }) as Call;
  return {
    calls,
    put: count('put', store.put.bind(store)),
    putIfAbsent: count('putIfAbsent', store.putIfAbsent.bind(store)),
    replaceIf: count('replaceIf', store.replaceIf.bind(store)),
    get: count('get', store.get.bind(store)),
    head: count('head', store.head.bind(store)),
    list: count('list', store.list.bind(store)),
    delete: count('delete', store.delete.bind(store)),
    refresh: count('refresh', store.refresh.bind(store)),
    now: count('now', store.now.bind(store)),
  };
}
