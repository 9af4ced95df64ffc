// Datasets by name. A name keeps its dataset: a garbage collection takes neither what it was packed from nor what ingest made.

import { keys } from './keys.ts';
import { listRecords } from './list-records.ts';
import { datasetName, encodeNamedDataset, parseNamedDataset, type NamedDataset } from './manifests/named-dataset.ts';
import type { Store } from './store.ts';

/** Whether a text could be the name of a dataset. */
export const isDatasetName = (text: string): boolean => datasetName.safeParse(text).success;

/**
 * Writes the name where it is free. Safe to retry: an equal record counts as written.
 * @returns what stands under the name now: the record given, or the earlier one
 */
export async function nameDataset(store: Store, record: NamedDataset): Promise<NamedDataset> {
  const key = keys.dataset(record.name);
  const bytes = encodeNamedDataset(record);
  for (;;) {
    const write = await store.putIfAbsent(key, bytes);
    if (write.outcome === 'written') return record;
    if (write.current !== undefined) return parseNamedDataset(write.current.bytes, key);
  }
}

/** The dataset of that name; undefined where there is none. @throws InvalidRecord */
export async function readNamedDataset(store: Store, name: string): Promise<NamedDataset | undefined> {
  const key = keys.dataset(name);
  const found = await store.get(key);
  return found && parseNamedDataset(found.bytes, key);
}

/** All of them, by name; of those that can't be read the keys. */
export async function listNamedDatasets(store: Store): Promise<{ records: NamedDataset[]; damaged: string[] }> {
  return listRecords(store, keys.datasets, parseNamedDataset);
}

/** Forgets the name. What it kept goes with a later collection, unless something else needs it. Safe to repeat. */
export async function forgetDataset(store: Store, name: string): Promise<void> {
  await store.delete(keys.dataset(name));
}
