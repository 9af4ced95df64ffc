// What is in a dataset, read off its manifest, its list of rejected files and its samples.

import { getBlob } from '../../artifacts/blobs.ts';
import { parseDatasetManifest, type DatasetManifest } from '../../artifacts/manifests.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { SamePixels } from '../../ml/dataset/same-pixels.ts';

export interface RejectedFile {
  name: string;
  reason: string;
  detail: string;
}

/** A sample and the first one with its pixels. */
export interface SameSample {
  name: string;
  class: string;
  other: string;
  otherClass: string;
}

interface Listed<Item> {
  count: number;
  /** As many as were asked for. */
  first: Item[];
}

export interface DatasetDescription {
  manifest: DatasetManifest;
  rejected: Listed<RejectedFile> & { reasons: Record<string, number> };
  duplicates: Listed<SameSample>;
  conflicts: Listed<SameSample>;
  /** Class → a few samples; empty where none were asked for. */
  samples: Map<string, GrayImage[]>;
}

export interface DescribeOptions {
  /** How many rejected files, duplicates and conflicts are named. */
  limit: number;
  /** How many samples of each class are taken out. */
  perClass: number;
  signal: AbortSignal;
  onSamples: (read: { done: number; total: number }) => void;
}

/** Reads the samples only where they are asked for: to name what is equal, or to show some. @throws DamagedArtifact */
export async function describeDataset(
  store: Store,
  output: ArtifactRef,
  { limit, perClass, signal, onSamples }: DescribeOptions,
): Promise<DatasetDescription> {
  const manifest = parseDatasetManifest(await getBlob(store, output), output.key);
  const { classes, shards, sampleCount, rejected, duplicates, conflicts } = manifest;
  const samples = new Map<string, GrayImage[]>();
  let same: Record<'duplicates' | 'conflicts', SameSample[]> = { duplicates: [], conflicts: [] };
  const wantsNames = limit > 0 && duplicates.count + conflicts.count > 0;
  if (wantsNames || perClass > 0) {
    const [{ decodeSamples }, { findSamePixels }, { pickSamples }] = await Promise.all([
      import('../../ml/dataset/packed-samples.ts'),
      import('../../ml/dataset/same-pixels.ts'),
      import('../../ml/dataset/sample-picks.ts'),
    ]);
    const finder = findSamePixels(limit);
    const picks = pickSamples(perClass);
    let done = 0;
    for (const shard of shards) {
      signal.throwIfAborted();
      const decoded = decodeSamples(await getBlob(store, shard));
      if (wantsNames) finder.add(decoded);
      if (perClass > 0) picks.add(decoded);
      onSamples({ done: (done += decoded.count), total: sampleCount });
    }
    const named = ({ name, label, other, otherLabel }: SamePixels): SameSample => ({
      name,
      class: classes[label]!,
      other,
      otherClass: classes[otherLabel]!,
    });
    same = { duplicates: finder.duplicates.first.map(named), conflicts: finder.conflicts.first.map(named) };
    if (perClass > 0) classes.forEach((name, label) => samples.set(name, picks.of(label)));
  }
  return {
    manifest,
    rejected: { ...rejected, first: rejected.count === 0 ? [] : await readRejected(store, rejected.ref, limit) },
    duplicates: { count: duplicates.count, first: same.duplicates },
    conflicts: { count: conflicts.count, first: same.conflicts },
    samples,
  };
}

/** The first lines of a list of rejected files. */
export async function readRejected(store: Store, ref: ArtifactRef, limit: number): Promise<RejectedFile[]> {
  const text = Buffer.from(await getBlob(store, ref)).toString('utf8');
  const lines = text.split('\n', limit).filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as RejectedFile);
}
