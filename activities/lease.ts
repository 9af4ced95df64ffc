// Who is at work on a step. A lease only saves work: results stay right without it, since a step is finished by one
// conditional create of its record.

import { randomUUID } from 'node:crypto';
import type { Clock } from '../artifacts/clock.ts';
import { keys } from '../artifacts/keys.ts';
import { encodeLease, InvalidRecord, parseLease, type LeaseRecord } from '../artifacts/manifests.ts';
import type { Store, StoredObject } from '../artifacts/store.ts';
import { StepHeldElsewhere } from './step-errors.ts';
import type { StepLog } from './step-log.ts';

const RENEW_EVERY_MS = 5_000;
/** Four missed renewals: longer than any pause of a live worker, shorter than a person's patience. */
const TAKEN_OVER_AFTER_MS = 20_000;
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;

/** What this process has seen of others' leases, by its own clock. One a worker: it must outlive single attempts. */
export interface LeaseWatch {
  /** How long the lease has been seen unchanged, in ms. By its ETag: one that can't be read ages like any other. */
  unchangedFor(key: string, etag: string, nowMs: number): number;
  forget(key: string): void;
}

export function createLeaseWatch(): LeaseWatch {
  const seen = new Map<string, { etag: string; sinceMs: number }>();
  return {
    unchangedFor(key, etag, nowMs) {
      for (const [other, { sinceMs }] of seen) if (nowMs - sinceMs > FORGOTTEN_AFTER_MS) seen.delete(other);
      const known = seen.get(key);
      if (known?.etag === etag) return nowMs - known.sinceMs;
      seen.set(key, { etag, sinceMs: nowMs });
      return 0;
    },
    forget: (key) => void seen.delete(key),
  };
}

export interface LeaseDependencies {
  store: Store;
  clock: Clock;
  log: StepLog;
  leaseWatch: LeaseWatch;
}

export interface LeaseClaim {
  step: string;
  stepKey: string;
  workflowId: string;
  attempt: number;
}

export interface Lease {
  /** Aborted with StepHeldElsewhere when another took the lease over: going on would only do his work twice. */
  lost: AbortSignal;
  /** Lets the next one in at once. Never throws: a lease that stays is taken over later. */
  release(): Promise<void>;
}

/**
 * Takes the lease of a step and renews it until it is released.
 * A released lease, and one of an earlier attempt of the same workflow, is taken at once; a stranger's after it was seen
 * unchanged for 20 s. One that can't be read is a stranger's; its holder writes it anew at his next renewal.
 * @throws StepHeldElsewhere (retryable in 2 s), and the store's errors
 */
export async function acquireLease(dependencies: LeaseDependencies, claim: LeaseClaim): Promise<Lease> {
  const { store, clock, leaseWatch } = dependencies;
  const key = keys.lease(claim.step, claim.stepKey);
  let standing = await store.get(key);
  for (;;) {
    const holder = standing && readLease(standing);
    if (standing !== undefined) {
      const unchangedForMs = leaseWatch.unchangedFor(key, standing.etag, clock.monotonic());
      if (!mayTake(holder, claim, unchangedForMs)) throw new StepHeldElsewhere(claim, holder);
    }
    const lease: LeaseRecord = {
      schemaVersion: 1,
      kind: 'lease',
      workflowId: claim.workflowId,
      attempt: claim.attempt,
      nonce: randomUUID(),
      revision: (holder?.revision ?? 0) + 1,
      released: false,
    };
    const bytes = encodeLease(lease);
    const write = await (standing ? store.replaceIf(key, bytes, standing.etag) : store.putIfAbsent(key, bytes));
    if (write.outcome === 'written') {
      leaseWatch.forget(key);
      return keepAlive(dependencies, { claim, key, lease, etag: write.etag });
    }
    standing = write.current; // somebody was faster: perhaps only a last renewal of one who is to be replaced
  }
}

/** @param holder undefined: whoever holds it, it can't be read who */
function mayTake(holder: LeaseRecord | undefined, claim: LeaseClaim, unchangedForMs: number): boolean {
  if (unchangedForMs >= TAKEN_OVER_AFTER_MS) return true;
  if (holder === undefined) return false;
  return holder.released || (holder.workflowId === claim.workflowId && claim.attempt > holder.attempt);
}

interface HeldLease {
  claim: LeaseClaim;
  key: string;
  lease: LeaseRecord;
  etag: string;
}

function keepAlive({ store, clock, log }: LeaseDependencies, held: HeldLease): Lease {
  const { claim, key } = held;
  let { lease, etag } = held;
  const lost = new AbortController();
  const stopped = new AbortController();

  /** @returns false when the lease is another's */
  async function advance(change: Partial<LeaseRecord>): Promise<boolean> {
    const next = { ...lease, ...change, revision: lease.revision + 1 };
    const bytes = encodeLease(next);
    // After a lost answer the same bytes are sent again, which the store knows as one's own earlier write.
    let write = await store.replaceIf(key, bytes, etag);
    if (write.outcome === 'lost' && (write.current === undefined || readLease(write.current) === undefined)) {
      log.warn({ key }, 'the lease was gone or damaged: written anew');
      write = await (write.current ? store.replaceIf(key, bytes, write.current.etag) : store.putIfAbsent(key, bytes));
    }
    if (write.outcome === 'lost') {
      lost.abort(new StepHeldElsewhere(claim, write.current && readLease(write.current)));
      return false;
    }
    lease = next;
    etag = write.etag;
    return true;
  }

  async function renew(): Promise<void> {
    for (;;) {
      try {
        await clock.sleep(RENEW_EVERY_MS, stopped.signal);
        if (!(await advance({}))) return;
      } catch (error) {
        if (stopped.signal.aborted) return;
        log.warn({ err: error, key }, 'the lease could not be renewed; trying again');
      }
    }
  }
  const renewing = renew();

  return {
    lost: lost.signal,
    async release() {
      stopped.abort(new Error('released'));
      await renewing; // or a renewal under way would undo the release
      if (lost.signal.aborted) return;
      try {
        await advance({ released: true });
      } catch (error) {
        log.warn({ err: error, key }, 'the lease could not be released; others wait until it has aged');
      }
    },
  };
}

/** @returns undefined for one that can't be read: a stranger's, who is alive if he writes it anew */
function readLease({ bytes, key }: StoredObject): LeaseRecord | undefined {
  try {
    return parseLease(bytes, key);
  } catch (error) {
    if (error instanceof InvalidRecord) return undefined;
    throw error;
  }
}
