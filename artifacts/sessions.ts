// Summaries of sessions: one object each, written when the session has ended.

import { keys } from './keys.ts';
import { encodeSession, parseSession, type SessionRecord } from './manifests.ts';
import type { Store } from './store.ts';

/**
 * Records how a session ended. Safe to retry and to race: the first summary stands, but `lost`, which was said for a worker
 * that nobody could hear, gives way to what that worker says itself.
 * @returns what stands now
 */
export async function recordSession(store: Store, record: SessionRecord): Promise<SessionRecord> {
  const key = keys.session(record.session);
  const bytes = encodeSession(record);
  for (let write = await store.putIfAbsent(key, bytes); ;) {
    if (write.outcome === 'written') return record;
    const { current } = write;
    if (current === undefined) {
      write = await store.putIfAbsent(key, bytes); // deleted in between
      continue;
    }
    const standing = parseSession(current.bytes, key);
    if (standing.state !== 'lost' || record.state === 'lost') return standing;
    write = await store.replaceIf(key, bytes, current.etag);
  }
}

/** The summary of a session; undefined where none was written (yet). @throws InvalidRecord */
export async function readSession(store: Store, session: string): Promise<SessionRecord | undefined> {
  const key = keys.session(session);
  const found = await store.get(key);
  return found && parseSession(found.bytes, key);
}

/**
 * The summaries that were written last, newest first.
 * @param limit how many; the listing itself reads no summary
 */
export async function listSessions(store: Store, limit: number): Promise<SessionRecord[]> {
  const found: { key: string; at: number }[] = [];
  for await (const { key, lastModified } of store.list(keys.sessions)) found.push({ key, at: lastModified.getTime() });
  const newest = found.sort((a, b) => b.at - a.at).slice(0, limit);
  const records = await Promise.all(
    newest.map(async ({ key }) => {
      const object = await store.get(key);
      return object && parseSession(object.bytes, key);
    }),
  );
  return records.filter((record) => record !== undefined);
}
