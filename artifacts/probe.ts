// Does this store keep the promises that everything here rests on? Asked at every start, since some S3s accept a
// condition and ignore it.

import { randomUUID } from 'node:crypto';
import { keys } from './keys.ts';
import type { Store } from './store.ts';

/** Thrown when a store takes conditional writes and does not honour them. Nothing may be written to such a store. */
export class ConditionalWritesIgnored extends Error {
  override readonly name = 'ConditionalWritesIgnored';
  readonly retryable = false;
  constructor(expected: string, got: string) {
    super(
      `the object store does not honour conditional writes: expected ${expected}, got ${got}. ` +
        'Use MinIO, AWS S3, or another store that implements If-None-Match and If-Match on PUT',
    );
  }
}

/**
 * Tries both conditions on an object of its own and removes it.
 * @throws ConditionalWritesIgnored, and the store's own errors
 */
export async function probeConditionalWrites(store: Store): Promise<void> {
  const key = keys.probe(randomUUID());
  const states = ['first', 'second', 'third', 'fourth'].map((word) => Buffer.from(`${word} ${randomUUID()}`));
  const [first, second, third, fourth] = states as [Buffer, Buffer, Buffer, Buffer];
  try {
    const created = await store.putIfAbsent(key, first);
    expectOutcome('a PUT with If-None-Match: * on a new key to be written', created.outcome, 'written');
    const again = await store.putIfAbsent(key, second);
    expectOutcome('a PUT with If-None-Match: * on an existing key to be refused', again.outcome, 'lost');
    if (created.outcome !== 'written') return;
    const replaced = await store.replaceIf(key, third, created.etag);
    expectOutcome('a PUT with the right If-Match to be written', replaced.outcome, 'written');
    const stale = await store.replaceIf(key, fourth, created.etag);
    expectOutcome('a PUT with a stale If-Match to be refused', stale.outcome, 'lost');
  } finally {
    await store.delete(key);
  }
}

function expectOutcome(expectation: string, got: 'written' | 'lost', wanted: 'written' | 'lost'): void {
  if (got !== wanted) throw new ConditionalWritesIgnored(expectation, got === 'written' ? 'it written' : 'it refused');
}
