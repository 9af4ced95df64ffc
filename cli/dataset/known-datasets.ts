// The datasets that the store knows: by what ingest recorded, by the runs that took them, by the names that people gave.
// One dataset is one manifest, however many steps and runs came to it.

import { concurrently } from '../../artifacts/concurrently.ts';
import { keys, runOfKey } from '../../artifacts/keys.ts';
import {
  type DatasetManifest,
  InvalidRecord,
  type NamedDataset,
  parseDatasetManifest,
  parseOutcome,
  parseRunRecord,
  parseRunStepRecord,
  parseStepRecord,
  type RunIdentity,
} from '../../artifacts/manifests.ts';
import { listNamedDatasets } from '../../artifacts/named-datasets.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import type { SourceConfiguration } from '../../config/schema.ts';
import { runName } from '../runs/run-name.ts';

const READS_AT_ONCE = 8;
/** Enough to tell datasets apart by eye. */
const ID_DIGITS = 12;

export interface KnownDataset {
  /** The beginning of the manifest's SHA-256. */
  id: string;
  output: ArtifactRef;
  /** Names that people gave it. */
  names: string[];
  source: SourceConfiguration | undefined;
  /** Small figures, as ingest told them. */
  summary: Record<string, unknown>;
  /** When it was made or first taken, ISO 8601. */
  at: string;
  /** Runs that took it, newest first. */
  runs: RunIdentity[];
  /** Versions that these runs published. */
  versions: { name: string; version: number }[];
}

export interface KnownDatasets {
  /** Newest first. */
  datasets: KnownDataset[];
  /** Keys of records that can't be read. */
  damaged: string[];
}

/** @param onRead called after each record */
export async function knownDatasets(
  store: Store,
  onRead: (done: number, total: number) => void,
): Promise<KnownDatasets> {
  const found = new Map<string, KnownDataset>();
  const damaged: string[] = [];
  const stepKeys = await keysUnder(store, keys.stepsOf('ingest'));
  const { withIngest, objects } = await runsWithIngest(store);
  const named = await listNamedDatasets(store);
  damaged.push(...named.damaged);
  const total = stepKeys.length + withIngest.length;
  let done = 0;

  const note = ({ output, at, source, summary }: Pick<KnownDataset, 'output' | 'at' | 'source' | 'summary'>) => {
    const known = found.get(output.sha256) ?? {
      id: output.sha256.slice(0, ID_DIGITS),
      output,
      names: [],
      source,
      summary,
      at,
      runs: [],
      versions: [],
    };
    if (at < known.at) known.at = at;
    known.source ??= source;
    found.set(output.sha256, known);
    return known;
  };

  await concurrently(stepKeys, READS_AT_ONCE, async (key) => {
    const record = await readRecord(store, key, damaged, parseStepRecord);
    onRead(++done, total);
    if (record === undefined) return;
    const { output, recordedAt: at, summary, keyDocument } = record;
    note({ output, at, summary, source: sourceOf(keyDocument['parameters']) });
  });
  const taken = await concurrently(withIngest, READS_AT_ONCE, async (run) => {
    const step = await readRecord(store, keys.runStep(run, 'ingest'), damaged, parseRunStepRecord);
    const outcome = objects.has(keys.outcome(run))
      ? await readRecord(store, keys.outcome(run), damaged, parseOutcome)
      : undefined;
    const isNew = step !== undefined && !found.has(step.output.sha256);
    const record = isNew ? await readRecord(store, keys.run(run), damaged, parseRunRecord) : undefined;
    onRead(++done, total);
    return { run, step, outcome, source: sourceOf(record?.configuration['ingest']) };
  });
  taken.sort((a, b) => ((a.step?.finishedAt ?? '') < (b.step?.finishedAt ?? '') ? 1 : -1));
  for (const { run, step, outcome, source } of taken) {
    if (step === undefined) continue;
    const known = note({ output: step.output, at: step.finishedAt, summary: step.summary, source });
    known.runs.push(run);
    const { model } = outcome ?? {};
    if (
      model !== undefined &&
      !known.versions.some((each) => each.name === model.name && each.version === model.version)
    )
      known.versions.push({ name: model.name, version: model.version });
  }
  for (const record of named.records) noteNamed(note, record);
  const datasets = [...found.values()].sort((a, b) => (a.at < b.at ? 1 : -1));
  for (const { versions } of datasets)
    versions.sort((a, b) => (a.name === b.name ? a.version - b.version : a.name < b.name ? -1 : 1));
  return { datasets, damaged };
}

type Note = (known: Pick<KnownDataset, 'output' | 'at' | 'source' | 'summary'>) => KnownDataset;

function noteNamed(note: Note, { name, output, addedAt, summary, ingest }: NamedDataset): void {
  note({ output, at: addedAt, summary, source: sourceOf(ingest) }).names.push(name);
}

/** The manifest; undefined where it was collected. @throws InvalidRecord */
export async function readManifest(store: Store, { key }: ArtifactRef): Promise<DatasetManifest | undefined> {
  const found = await store.get(key);
  return found && parseDatasetManifest(found.bytes, key);
}

/** One dataset as JSON, the same fields always. */
export function datasetDocument(known: KnownDataset, manifest: DatasetManifest | undefined) {
  const { id, output, names, source, summary, at, runs, versions } = known;
  return {
    id,
    sha256: output.sha256,
    names,
    dataset: titleOf(summary),
    source: source ?? null,
    at,
    samples: manifest?.sampleCount ?? figureOf(summary, 'samples') ?? null,
    classes: manifest === undefined ? null : samplesByClass(manifest),
    rejected: figureOf(summary, 'rejected') ?? null,
    duplicates: figureOf(summary, 'duplicates') ?? null,
    conflicts: figureOf(summary, 'conflicts') ?? null,
    pixelDigest: (summary['pixelDigest'] as string | undefined) ?? null,
    runs: runs.map(runName),
    versions,
    collected: manifest === undefined,
  };
}

/** What ingest called the dataset; empty where a program of another version said nothing. */
export const titleOf = ({ dataset }: Record<string, unknown>): string => (typeof dataset === 'string' ? dataset : '');

/** One of ingest's figures. */
export function figureOf(summary: Record<string, unknown>, name: string): number | undefined {
  const value = summary[name];
  return typeof value === 'number' ? value : undefined;
}

/** Class → samples of all slices together, in the order of labels. */
export function samplesByClass({
  classes,
  counts,
}: Pick<DatasetManifest, 'classes' | 'counts'>): Record<string, number> {
  const slices = Object.values(counts);
  return Object.fromEntries(
    classes.map((name) => [name, slices.reduce((sum, ofClass) => sum + (ofClass[name] ?? 0), 0)]),
  );
}

async function keysUnder(store: Store, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}

async function runsWithIngest(store: Store): Promise<{ withIngest: RunIdentity[]; objects: Set<string> }> {
  const objects = new Set(await keysUnder(store, keys.runs));
  const withIngest = [...objects].flatMap((key) => {
    const run = runOfKey(key);
    return run !== undefined && key === keys.runStep(run, 'ingest') ? [run] : [];
  });
  return { withIngest, objects };
}

async function readRecord<T>(
  store: Store,
  key: string,
  damaged: string[],
  parse: (bytes: Uint8Array, key: string) => T,
): Promise<T | undefined> {
  const found = await store.get(key);
  return found && readable(key, damaged, () => parse(found.bytes, key));
}

/** One record that can't be read must not hide all others. */
async function readable<T>(key: string, damaged: string[], read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error;
    damaged.push(key);
    return undefined;
  }
}

const sourceOf = (ingest: unknown): SourceConfiguration | undefined =>
  (ingest as { source?: SourceConfiguration } | undefined)?.source;
