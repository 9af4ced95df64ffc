// A finished step that differs in nothing but the engine that computed it: bits may differ between engines, so it is
// offered to people and only taken when they say so.

import { canonicalDigest } from '../artifacts/canonical.ts';
import type { Clock } from '../artifacts/clock.ts';
import { keyDifferences } from '../artifacts/key-differences.ts';
import { keys } from '../artifacts/keys.ts';
import { InvalidRecord, parseStepRecord, type StepRecord } from '../artifacts/manifests.ts';
import type { ObjectInfo, Store } from '../artifacts/store.ts';
import { concurrently } from '../artifacts/concurrently.ts';
import { HEADS_AT_ONCE, readStandingRecord } from './standing-record.ts';
import type { StepKey } from './step-key.ts';

/** The newest records are looked at; reading them takes a second at most, before a step that takes many. */
const RECORDS_READ = 256;

export interface OtherEngineRecord {
  record: StepRecord;
  /** The fields of the fingerprint that differ, e.g. `cpu`. */
  fields: string[];
}

/**
 * The newest whole record with the same key but for the engine. Only asked when a step of an engine has no record of its
 * own: it lists the records of that step.
 */
export async function findOtherEngine(
  { store, clock }: { store: Store; clock: Pick<Clock, 'sleep'> },
  step: string,
  { stepKey, keyDocument }: StepKey,
): Promise<OtherEngineRecord | undefined> {
  const wanted = withoutEngine(keyDocument);
  const listed: ObjectInfo[] = [];
  for await (const info of store.list(keys.stepsOf(step))) listed.push(info);
  const newest = listed.sort((a, b) => b.lastModified.getTime() - a.lastModified.getTime()).slice(0, RECORDS_READ);
  const records = await concurrently(newest, HEADS_AT_ONCE, ({ key }) => readRecord(store, key));
  for (const record of records) {
    if (record === undefined || record.stepKey === stepKey || record.keyDocument['engine'] === undefined) continue;
    if (withoutEngine(record.keyDocument) !== wanted) continue;
    if ((await readStandingRecord({ store, clock }, { step, stepKey: record.stepKey })).state !== 'whole') continue;
    const differences = keyDifferences(record, { keyDocument });
    return { record, fields: differences.flatMap((each) => (each.kind === 'engine' ? [each.field] : [])) };
  }
  return undefined;
}

function withoutEngine({ engine: _engine, ...rest }: Record<string, unknown>): string {
  return canonicalDigest(rest);
}

async function readRecord(store: Store, key: string): Promise<StepRecord | undefined> {
  const found = await store.get(key);
  if (found === undefined) return undefined;
  try {
    return parseStepRecord(found.bytes, key);
  } catch (error) {
    if (error instanceof InvalidRecord) return undefined;
    throw error;
  }
}
