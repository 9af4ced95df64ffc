// A training of which nothing was computed before: a store and a blob cache of its own, gone afterwards.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLocalPipeline } from '../local-pipeline.ts';
import { runOnArchive, type ArchiveRun } from './archive-run.ts';

/**
 * @param archive path of a file of images, one folder a class
 * @param input of a run, e.g. a preset and seeds
 */
export async function freshRunOnArchive(archive: string, input: object): Promise<ArchiveRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-bench-'));
  try {
    const pipeline = await openLocalPipeline({ dataRoots: [path.dirname(archive)], folder });
    return await runOnArchive(pipeline, archive, input);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The seed everywhere: split, augmentation, training. */
export const inputOf = ({ preset, split, seed }: { preset: string; split: string; seed: number }): object => ({
  preset,
  preprocess: { seed, split },
  augment: { seed },
  train: { seed },
});
