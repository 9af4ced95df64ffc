// Step ingest: from where images are to one dataset of packed gray samples, with every bad file named and counted.

import { availableParallelism, homedir } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalDigest } from '../artifacts/canonical.ts';
import { encodeDatasetManifest } from '../artifacts/manifests.ts';
import type { RunConfiguration } from '../config/schema.ts';
import { EmptyClass, SourceChanged, TooManyConflicts, TooManyRejected } from './errors.ts';
import {
  conflictShare,
  conflictShown,
  conflictsBeyond,
  rejectedBeyond,
  rejectedShown,
  SHOWN,
} from '../ml/dataset/limits.ts';
import { createSourceKeeper } from './kept-source.ts';
import { createProblemList, type ProblemList } from './problem-list.ts';
import { createSamplePacker, type PackedDataset } from './sample-packer.ts';
import { openSource, type SourceEnvironment } from './sources/open-source.ts';
import { readNpmOptions, type NpmOptions } from './sources/builtin/npm-options.ts';
import type { OpenedSource, Source } from './sources/source.ts';
import type { StepContext, StepOutput } from './step.ts';
import { createDecodePool, type DecodePool } from './threads/decode-pool.ts';

export type IngestParameters = RunConfiguration['ingest'] & {
  /** What `identify` said when the step key was made; checked again after reading. @default not checked */
  identity?: Record<string, unknown>;
};

export type IngestEnvironment = Omit<SourceEnvironment, 'npm'> & {
  /** Absolute path of the bundled decode-thread.ts. @default pictures are decoded in this thread */
  decodeThread?: string;
  /** @default the npm configuration of this user and folder */
  npm?: NpmOptions;
};

/** An abort arrives as a message: without a turn of the event loop now and then it would never be seen. */
const TURN_MS = 50;

/**
 * What pins the content of the source: stands in the step key. Reads every file of a folder, hashes an archive's file;
 * built-in data and archives in parts are pinned by name.
 * @throws SourceNotAllowed, SourceNotFound, NameNotUtf8
 */
export async function identify(
  { source, seed }: RunConfiguration['ingest'],
  environment: IngestEnvironment,
  signal: AbortSignal = new AbortController().signal,
): Promise<Record<string, unknown>> {
  return openSource(source, seed, withNpm(environment)).identity({ signal });
}

/**
 * Safe to retry: it only reads the source and writes content-named blobs; equal content gives equal bytes.
 * Streams: at most a shard of pixels and a few files are in memory.
 * @throws every error of errors.ts, the final ones
 */
export async function compute(
  context: StepContext,
  parameters: IngestParameters,
  _inputs: Record<string, never>,
  environment: IngestEnvironment,
): Promise<StepOutput> {
  const { maxRejectedRatio, maxConflictRatio, seed, identity } = parameters;
  const warnings: string[] = [];
  const warn = (message: string): void => {
    warnings.push(message);
    context.warn(message);
  };
  const source = openSource(parameters.source, seed, withNpm(environment));
  const keeper = createSourceKeeper((bytes) => context.write(bytes));
  const pool = poolOf(environment);
  const opened = await source.open({ ...context, warn, keep: keeper.keep, keepBlobs: keeper.keepBlobs, pool });
  const rejected = createProblemList((bytes) => context.write(bytes));
  const conflicts = createProblemList((bytes) => context.write(bytes));
  const reasons: Record<string, number> = {};
  const packer = createSamplePacker({
    classes: opened.classes,
    sources: opened.parts.map(({ name }) => name),
    write: (bytes) => context.write(bytes),
    onConflict: (conflict) => conflicts.add({ ...conflict }),
  });

  let done = 0;
  let turned = performance.now();
  try {
    for await (const item of opened.items()) {
      if ('rejected' in item) {
        rejected.add({ name: item.name, ...item.rejected });
        reasons[item.rejected.reason] = (reasons[item.rejected.reason] ?? 0) + 1;
      } else await packer.add(item);
      done++;
      if (performance.now() - turned < TURN_MS) continue;
      await nextTurn();
      context.signal.throwIfAborted();
      context.progress({ done, total: Math.max(done, opened.total), unit: 'images' });
      turned = performance.now();
    }
  } finally {
    await pool?.close();
  }
  const packed = await packer.finish();
  await refuseTooManyRejected(rejected, done, maxRejectedRatio);
  refuseEmptyClasses(opened, packed);
  await refuseTooManyConflicts(conflicts, packed.sampleCount, maxConflictRatio, warn);
  await refuseChange(source, identity, context.signal);

  const { classDistributionChart } = await import('../ml/plots.ts'); // Vega is not loaded for a dataset that is refused
  const chart = await classDistributionChart(packed.counts, opened.classes);
  const kept = await keeper.finish();
  const { sampleCount, groups, counts, shards, duplicates, pixelDigest } = packed;
  const manifest = encodeDatasetManifest({
    schemaVersion: 1,
    kind: 'dataset',
    name: source.name,
    classes: opened.classes,
    sources: opened.parts,
    groups,
    splitHints: source.splitHints,
    counts,
    sampleCount,
    shards,
    rejected: { count: rejected.count(), ref: await rejected.write(), reasons },
    duplicates: { count: duplicates },
    conflicts: { count: conflicts.count() },
    warnings,
    chart: await context.write(new TextEncoder().encode(chart)),
    pixelDigest,
    ...(kept !== undefined && { source: kept }),
  });
  return {
    output: await context.write(manifest),
    summary: {
      dataset: source.name,
      samples: sampleCount,
      classes: opened.classes.length,
      sources: Object.fromEntries(Object.entries(counts).map(([name, ofClass]) => [name, sum(Object.values(ofClass))])),
      rejected: rejected.count(),
      duplicates,
      conflicts: conflicts.count(),
      pixelDigest,
    },
    reusable: opened.complete,
    includes: kept?.parts ?? [],
  };
}

async function refuseTooManyRejected(rejected: ProblemList, files: number, maxRatio: number): Promise<void> {
  const shown = { count: rejected.count(), first: rejected.first(SHOWN).map(rejectedShown) };
  const refusal = rejectedBeyond(shown, files, maxRatio);
  if (refusal === undefined) return;
  const listed = await rejected.writeForError();
  throw new TooManyRejected(`${refusal}; all stand in ${listed.all.key}`, listed);
}

async function refuseTooManyConflicts(
  conflicts: ProblemList,
  samples: number,
  maxRatio: number,
  warn: (message: string) => void,
): Promise<void> {
  if (conflicts.count() === 0) return;
  const shown = { count: conflicts.count(), first: conflicts.first(SHOWN).map(conflictOf) };
  const refusal = conflictsBeyond(shown, samples, maxRatio);
  const listed = await conflicts.writeForError();
  if (refusal !== undefined) throw new TooManyConflicts(`${refusal}; all stand in ${listed.all.key}`, listed);
  warn(`${conflictShare(shown, samples)}; they stand in ${listed.all.key}`);
}

const conflictOf = ({ className = '', otherClassName = '', ...names }: Record<string, string>): string =>
  conflictShown(names, [className, otherClassName]);

function refuseEmptyClasses(opened: OpenedSource, { counts }: PackedDataset): void {
  const empty = opened.classes.filter((name) => !Object.values(counts).some((ofClass) => (ofClass[name] ?? 0) > 0));
  if (empty.length === 0) return;
  throw new EmptyClass(`expected at least one readable image a class, got none for ${empty.slice(0, 5).join(', ')}`);
}

async function refuseChange(
  source: Source,
  identity: IngestParameters['identity'],
  signal: AbortSignal,
): Promise<void> {
  if (identity === undefined) return;
  const now = await source.identity({ signal });
  if (canonicalDigest(now) === canonicalDigest(identity)) return;
  throw new SourceChanged(
    `${source.kind} ${source.name}: expected the content the step began with, got another by its end`,
  );
}

/** More threads would wait for this one, which reads, hashes and packs. */
const MOST_DECODERS = 4;

/** None on a single core. Which thread decodes a picture makes no difference to it. */
function poolOf({ decodeThread: threadFile }: IngestEnvironment): DecodePool | undefined {
  const cores = availableParallelism();
  if (threadFile === undefined || cores < 2) return undefined;
  return createDecodePool({ threadFile, threads: Math.min(cores, MOST_DECODERS) });
}

/** A thread's own environment decides how packages are fetched, never which bytes they have. */
const withNpm = (environment: IngestEnvironment): SourceEnvironment => ({
  ...environment,
  npm: environment.npm ?? readNpmOptions({ env: process.env, home: homedir(), folder: process.cwd() }),
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
