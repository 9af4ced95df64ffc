// One conditional write over a wire that may lose answers. Whatever comes back but a plain yes, the object itself is asked
// what happened; knows nothing of any vendor, so that the simulation can run it against every lost answer.

import type { Clock } from './clock.ts';
import { StoreUnavailable, type StorePlace } from './errors.ts';
import { equalBytes } from './limits.ts';
import type { ConditionalWrite, StoredObject } from './store.ts';

/** Bridges a dropped keep-alive socket or a busy server; an outage is the caller's to wait out. */
export const RETRY_DELAYS_MS = [50, 400];

export interface WriteUnderCondition {
  place: StorePlace;
  bytes: Uint8Array;
  /** The state to replace; undefined: there must be none. */
  expectedEtag: string | undefined;
  /**
   * Sends the write once.
   * @returns its ETag; undefined when the store says that the condition does not hold
   * @throws StoreUnavailable when there was no answer
   */
  send(): Promise<string | undefined>;
  /** Reads what stands under the key. */
  read(): Promise<StoredObject | undefined>;
  clock: Pick<Clock, 'sleep'>;
}

/**
 * Safe to repeat: states never come back (each carries a nonce or a growing revision), so a write that lands late finds
 * its condition false.
 * @throws StoreUnavailable when it stays unknown whether the write will land; and what `send` and `read` throw
 */
export async function settleWrite(write: WriteUnderCondition): Promise<ConditionalWrite> {
  const { bytes, expectedEtag } = write;
  for (let attempt = 0; ; attempt++) {
    let unanswered: StoreUnavailable | undefined;
    try {
      const etag = await write.send();
      if (etag !== undefined) return { outcome: 'written', etag };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      unanswered = error;
    }
    const current = await write.read();
    if (current !== undefined && equalBytes(current.bytes, bytes)) return { outcome: 'written', etag: current.etag };
    if (current?.etag !== expectedEtag) return { outcome: 'lost', current };
    // The condition still holds: the write was not acted on, or not yet.
    const delayMs = RETRY_DELAYS_MS[attempt];
    if (delayMs === undefined) {
      throw unanswered ?? new StoreUnavailable(write.place, 'a refusal although the condition holds');
    }
    await write.clock.sleep(delayMs);
  }
}
