// The rule of leases in words of its own, and an eye on everything that one attempt reads and writes of a lease: nothing of
// the product's code decides here.

import type { Store } from '../../artifacts/store.ts';
import type { Actor } from './world.ts';

export const STRANGERS_WAIT_MS = 20_000;

export interface Claim {
  workflowId: string;
  attempt: number;
}

/** What one worker saw of the lease last, and since when it has seen nothing else, by its own clock. */
export interface Sighting {
  text?: string;
  sinceMs: number;
}

export interface Oracle {
  problems: string[];
  /** Takeovers from somebody who had not let go: by a higher attempt, by a stranger. */
  taken: { higher: number; stranger: number };
}

/** The rule in words of its own: whose lease may be taken, as far as this worker can know. */
function mayTake(text: string, { workflowId, attempt }: Claim, seenForMs: number): boolean | 'higher' | 'stranger' {
  if (seenForMs >= STRANGERS_WAIT_MS) return 'stranger';
  const holder = parse(text);
  if (holder === undefined) return false;
  if (holder.released) return true;
  return holder.workflowId === workflowId && holder.attempt < attempt && 'higher';
}

interface Parsed extends Claim {
  released: boolean;
  nonce: string;
  revision: number;
}

function parse(text: string): Parsed | undefined {
  try {
    return JSON.parse(text) as Parsed;
  } catch {
    return undefined;
  }
}

export interface LeaseWatching {
  /** Of the lease. */
  key: string;
  actor: Actor;
  claim: Claim;
  sighting: Sighting;
  oracle: Oracle;
}

/** Watches what one attempt reads and writes of the lease, and holds every take-over and every refusal against the rule. */
export function watchLease(store: Store, { key: leaseKey, actor, claim, sighting, oracle }: LeaseWatching) {
  const texts = new Map<string, string>();
  let last: string | undefined;
  let own: string | undefined;
  const note = (text: string): void => {
    if (sighting.text !== text) Object.assign(sighting, { text, sinceMs: actor.clock.monotonic() });
  };
  const see = (found: { etag: string; bytes: Uint8Array } | undefined): void => {
    last = found && Buffer.from(found.bytes).toString();
    if (found === undefined || last === undefined) return;
    texts.set(found.etag, last);
    note(last);
  };
  const judge = (text: string) =>
    mayTake(text, claim, sighting.text === text ? actor.clock.monotonic() - sighting.sinceMs : 0);
  const say = (what: string): void => void oracle.problems.push(`${claim.workflowId}#${claim.attempt}: ${what}`);
  return {
    store: {
      ...store,
      async get(key) {
        const found = await store.get(key);
        if (key === leaseKey) see(found);
        return found;
      },
      async putIfAbsent(key, bytes) {
        const write = await store.putIfAbsent(key, bytes);
        if (key !== leaseKey) return write;
        const { nonce } = parse(Buffer.from(bytes).toString())!;
        const isOwn = nonce === own;
        own = nonce;
        if (isOwn) return write;
        if (write.outcome === 'lost') see(write.current);
        else delete sighting.text;
        return write;
      },
      async replaceIf(key, bytes, etag) {
        const before = texts.get(etag);
        const next = parse(Buffer.from(bytes).toString())!;
        const holder = before === undefined ? undefined : parse(before);
        const isOwn = next.nonce === own;
        let by: ReturnType<typeof judge> = true;
        if (before !== undefined && !isOwn) {
          by = judge(before);
          if (by === false) say(`takes the lease too early: ${before}`);
          if (holder !== undefined && next.revision <= holder.revision) say('takes it with no higher revision');
        }
        if (before !== undefined && isOwn && holder !== undefined && holder.nonce !== own)
          say('renews what is not his');
        own = next.nonce;
        const write = await store.replaceIf(key, bytes, etag);
        if (write.outcome === 'lost') {
          if (!isOwn) see(write.current); // a renewal that is lost is no watching
        } else {
          if (typeof by === 'string') oracle.taken[by]++;
          texts.set(write.etag, Buffer.from(bytes).toString());
          if (!isOwn) delete sighting.text; // what he watched is over
        }
        return write;
      },
    } satisfies Store,
    /** Called when the attempt was turned away: was what it saw last really to be respected? */
    refused: (): void => {
      if (last !== undefined && judge(last) !== false) say(`turned away by a lease that it may take: ${last}`);
    },
  };
}
