// Taking a version out of use for good. Its record and its number stay; what it alone names becomes garbage.

import { changeAliases, type Registry } from './aliases.ts';
import { isoNow } from './clock.ts';
import { keys } from './keys.ts';
import { ALIAS_NAMES, type AliasName } from './manifests/aliases.ts';
import { encodeModelVersion, parseModelVersion, type ModelVersion } from './manifests/model-version.ts';
import { readVersion, VersionMissing } from './model-versions.ts';

/** Thrown when a version can't be withdrawn because an alias means it. */
export class VersionInUse extends Error {
  override readonly name = 'VersionInUse';
  readonly retryable = false;
  readonly alias: AliasName;
  constructor(model: string, version: number, alias: AliasName) {
    super(`model ${model}: expected version ${version} to be meant by no alias, got ${alias}; move that one first`);
    this.alias = alias;
  }
}

/**
 * Withdraws a version. The aliases record says so first, by compare-and-swap: from then on no alias can be moved to it, so
 * that the version is marked only when none means it. Safe to retry and to race.
 * @throws VersionMissing, VersionInUse, AliasContention, InvalidRecord, and the store's errors
 */
export async function withdrawVersion(
  { store, clock }: Registry,
  { model, version }: { model: string; version: number },
): Promise<{ outcome: 'withdrawn' | 'unchanged'; version: ModelVersion }> {
  const standing = await readVersion(store, model, version);
  if (standing.deletedAt !== undefined) return { outcome: 'unchanged', version: standing };
  await changeAliases<void>(store, model, async (record) => {
    const alias = ALIAS_NAMES.find((name) => record.aliases[name] === version);
    if (alias !== undefined) throw new VersionInUse(model, version, alias);
    const { withdrawn = [] } = record;
    return {
      result: undefined,
      ...(!withdrawn.includes(version) && { next: { ...record, withdrawn: [...withdrawn, version] } }),
    };
  });

  const key = keys.version(model, version);
  const deletedAt = isoNow(clock);
  for (;;) {
    const found = await store.get(key);
    if (found === undefined) throw new VersionMissing(model, version); // only a hand removes manifests
    const present = parseModelVersion(found.bytes, key);
    if (present.deletedAt !== undefined) return { outcome: 'withdrawn', version: present };
    const marked = { ...present, deletedAt };
    const write = await store.replaceIf(key, encodeModelVersion(marked), found.etag);
    if (write.outcome === 'written') return { outcome: 'withdrawn', version: marked };
  }
}
