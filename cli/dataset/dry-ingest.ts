// What ingest would make of images, found out by ingest itself: into a store in a temporary folder that is thrown away. Needs
// no stack; an address or the built-in data are fetched as a worker would.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IngestParameters } from '../../activities/ingest.ts';
import { conflictShown, conflictsBeyond, rejectedBeyond, rejectedShown, SHOWN } from '../../ml/dataset/limits.ts';
import type { StepProgress } from '../../activities/step.ts';
import { getBlob, putBlob } from '../../artifacts/blobs.ts';
import { createBucket, openStore } from '../../artifacts/open-store.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { cacheFolder, type Environment } from '../../config/home.ts';
import type { RunConfiguration } from '../../config/schema.ts';
import { urlNetworksOf } from '../../config/lists.ts';
import { describeDataset, type DatasetDescription, type DescribeOptions, readRejected } from './describe.ts';

export interface DryIngestOptions extends Omit<DescribeOptions, 'onSamples'> {
  environment: Environment;
  /** Brings what lies on this machine into the store and says what to ingest. */
  prepare: (store: Store) => Promise<RunConfiguration['ingest']>;
  onProgress: (progress: StepProgress) => void;
}

export interface DryIngest {
  /** Undefined where ingest refuses before it has read all. */
  description: DatasetDescription | undefined;
  /** Files that are no images of a class, where there is no description to name them. */
  rejected: DatasetDescription['rejected'] | undefined;
  warnings: string[];
  /** Why ingest would refuse; undefined where it would take the images. */
  refusal: { type: string; message: string } | undefined;
}

/** @throws what packing throws, and the signal's reason. That the images can't be used is an answer, no error. */
export async function dryIngest(options: DryIngestOptions): Promise<DryIngest> {
  const { environment, prepare, onProgress, signal, limit, perClass } = options;
  const folder = await mkdtemp(join(tmpdir(), 'digitflow-check-'));
  try {
    const location = { kind: 'file' as const, folder: join(folder, 'store') };
    await createBucket(location);
    const store = openStore(location);
    const ingest = await prepare(store);
    const { compute } = await import('../../activities/ingest.ts');
    const warnings: string[] = [];
    const run = async (limits: Pick<IngestParameters, 'maxRejectedRatio' | 'maxConflictRatio'>) =>
      compute(
        {
          signal,
          read: (ref) => getBlob(store, ref),
          write: async (bytes) => (await putBlob(store, bytes)).ref,
          progress: onProgress,
          warn: (message) => void warnings.push(message),
        },
        { ...ingest, ...limits },
        {},
        { cacheFolder: cacheFolder(environment), dataRoots: [], urlNetworks: urlNetworksOf(environment) },
      );
    try {
      // Without limits, so that all is counted that ingest would only count up to them.
      const { output } = await run({ maxRejectedRatio: 1, maxConflictRatio: 1 });
      const description = await describeDataset(store, output, { limit, perClass, signal, onSamples: () => undefined });
      return { description, rejected: undefined, warnings, refusal: refusalOf(description, ingest) };
    } catch (error) {
      signal.throwIfAborted();
      if (!isRefusal(error)) throw error;
      // A class without images tells nothing of its files: with no limit at all their list is what ingest fails with.
      const listed =
        error.name === 'EmptyClass' ? await run({ maxRejectedRatio: 0, maxConflictRatio: 1 }).catch(listOf) : undefined;
      return {
        description: undefined,
        rejected: listed instanceof Object && 'all' in listed ? await rejectedOf(store, listed, limit) : undefined,
        warnings: [],
        refusal: { type: error.name, message: error.message },
      };
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Errors of sources and of ingest carry their name as a code; what is wrong with this machine does not. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && (error as { code?: unknown }).code === error.name;

interface Listed {
  count: number;
  all: ArtifactRef;
}

const listOf = (error: unknown): Listed | undefined => (error as { details?: Listed }).details;

async function rejectedOf(store: Store, { count, all }: Listed, limit: number): Promise<DryIngest['rejected']> {
  const reasons: Record<string, number> = {};
  const every = await readRejected(store, all, count);
  for (const { reason } of every) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return { count, reasons, first: every.slice(0, limit) };
}

/** The limits of the configuration, as ingest holds them. */
function refusalOf(
  { manifest, rejected, conflicts }: DatasetDescription,
  { maxRejectedRatio, maxConflictRatio }: RunConfiguration['ingest'],
): DryIngest['refusal'] {
  const files = manifest.sampleCount + rejected.count;
  const unreadable = {
    count: rejected.count,
    first: rejected.first.slice(0, SHOWN).map((each) => rejectedShown({ ...each })),
  };
  const tooManyRejected = rejectedBeyond(unreadable, files, maxRejectedRatio);
  if (tooManyRejected !== undefined)
    return { type: 'TooManyRejected', message: `${tooManyRejected}; ingest.maxRejectedRatio allows more` };
  const pairs = conflicts.first.slice(0, SHOWN).map((each) => conflictShown(each, [each.class, each.otherClass]));
  const contradictory = { count: conflicts.count, first: pairs };
  const tooManyConflicts = conflictsBeyond(contradictory, manifest.sampleCount, maxConflictRatio);
  if (tooManyConflicts !== undefined)
    return { type: 'TooManyConflicts', message: `${tooManyConflicts}; ingest.maxConflictRatio allows more` };
  return undefined;
}
