// What --dataset, --labels and --weight say together: one source, or several as a mixture.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { NamedDataset } from '../../artifacts/manifests.ts';
import { isDatasetName, readNamedDataset } from '../../artifacts/named-datasets.ts';
import type { Store } from '../../artifacts/store.ts';
import type { RunConfiguration, SourceConfiguration } from '../../config/schema.ts';
import { WrongUse } from '../errors.ts';
import type { GivenSource, MixedGivenSource, SingleGivenSource } from '../settings.ts';
import { several } from '../verb.ts';
import { localDataset, type LocalDataset, type PackedSource } from './pack.ts';

export interface DatasetOptions {
  dataset?: string[];
  labels?: string;
  weight?: number[];
}

export interface GivenDataset {
  name: string;
  weight: number;
  /** What a worker reads by itself; undefined for images on this machine, which are packed. */
  source: SingleGivenSource | SourceConfiguration | undefined;
  local: LocalDataset | undefined;
  /** How ingest is to go about a dataset that was added by name: as it did then. */
  ingest?: Omit<RunConfiguration['ingest'], 'source'>;
}

/** Adds the options that name images. */
export function datasetOptions(verb: Command): Command {
  return verb
    .option(
      '--dataset <spec>',
      '`builtin`, `feedback`, the name of an added dataset; a folder, a .zip, .tar, .tar.gz, .tgz, or an IDX file ' +
        '(packed into the store first); the http address of an archive, an IDX file or a list of images; ' +
        'or s3://BUCKET/PREFIX; may be repeated: each is a slice of its own',
      several,
    )
    .option(
      '--weight <number>',
      'share of the pool of each of several --dataset, in their order; 1 by default',
      weights,
    )
    .option(
      '--labels <spec>',
      'file or address of the labels of an IDX file of images; beside a local one they are found by name',
    );
}

/** The parser of `--weight`. @throws WrongUse */
export function weights(text: string, before: number[] = []): number[] {
  const value = Number(text);
  if (!(value > 0)) throw new WrongUse(`--weight: expected a number above 0, got ${JSON.stringify(text)}`);
  return [...before, value];
}

/**
 * Checks the words and that local files are there.
 * @param openStore where names of datasets are looked up; asked only when a word could be one
 * @throws WrongUse, also for a name that means a dataset and a file of the folder
 */
export async function givenDatasets(
  options: DatasetOptions,
  folder: string,
  openStore: () => Promise<Store>,
): Promise<GivenDataset[]> {
  const { dataset: specs = [], labels, weight: weights = [] } = options;
  if (weights.length > 0 && (specs.length < 2 || weights.length !== specs.length))
    throw new WrongUse(
      `--weight: expected one for each of several --dataset, got ${weights.length} for ${specs.length}`,
    );
  const [only] = specs;
  if (
    labels !== undefined &&
    (specs.length !== 1 || only === 'builtin' || only === 'feedback' || only?.startsWith('s3://'))
  )
    throw new WrongUse('--labels: expected one --dataset, an IDX file');
  const given: GivenDataset[] = [];
  for (const [i, spec] of specs.entries()) {
    const base = { weight: weights[i] ?? 1 };
    const source = namedSource(spec, labels);
    if (source !== undefined) {
      given.push({ ...base, name: sliceName(spec, given), source, local: undefined });
      continue;
    }
    const added = await addedDataset(spec, folder, openStore);
    if (added !== undefined) {
      given.push({ ...base, ...ofRecord(added, specs.length), name: sliceName(added.name, given), local: undefined });
      continue;
    }
    const local = await localDataset(spec, folder, labels);
    given.push({ ...base, name: sliceName(local.name, given), source: undefined, local });
  }
  return given;
}

const PREFIX = 'dataset:';

/** The dataset that a word names; undefined for what is a file, or nothing. @throws WrongUse */
async function addedDataset(
  spec: string,
  folder: string,
  openStore: () => Promise<Store>,
): Promise<NamedDataset | undefined> {
  const isExplicit = spec.startsWith(PREFIX);
  const name = isExplicit ? spec.slice(PREFIX.length) : spec;
  if (!isDatasetName(name)) {
    if (isExplicit) throw new WrongUse(`--dataset ${spec}: expected the name of a dataset behind ${PREFIX}`);
    return undefined;
  }
  const find = async (): Promise<NamedDataset | undefined> => readNamedDataset(await openStore(), name);
  if (isExplicit) {
    const found = await find();
    if (found === undefined)
      throw new WrongUse(`--dataset ${spec}: no dataset has that name. See \`npx digitflow datasets\`.`);
    return found;
  }
  const isFile = await stat(resolve(folder, spec)).then(
    () => true,
    () => false,
  );
  // Where nobody can be asked, a file is what it always was, and what is no file is said to be none.
  const found = await find().catch(() => undefined);
  if (found !== undefined && isFile)
    throw new WrongUse(
      `--dataset ${spec}: expected one thing of that name, got a dataset and a file: say ${PREFIX}${name} or ./${spec}`,
    );
  return found;
}

/** @throws WrongUse for a mixture among others */
function ofRecord({ name, ingest }: NamedDataset, count: number): Pick<GivenDataset, 'source' | 'ingest'> {
  const { source, ...how } = ingest as RunConfiguration['ingest'];
  if (source.kind === 'mixed' && count > 1)
    throw new WrongUse(`--dataset ${name}: expected a dataset of one source beside others, got a mixture`);
  return { source, ingest: how };
}

/**
 * The source of a run; undefined when none was given, or the built-in data alone.
 * @param sourceOf a local dataset's source: a stand-in while the words are checked, then what was packed
 */
export function givenSource(
  given: readonly GivenDataset[],
  sourceOf: (local: LocalDataset) => SingleGivenSource | PackedSource,
): GivenSource | undefined {
  const sources = given.map(({ name, weight, source, local }) => ({
    name,
    weight,
    source: local === undefined ? source! : sourceOf(local),
  }));
  if (sources.length > 1) return { kind: 'mixed', sources: sources as MixedGivenSource['sources'] };
  const [only] = sources;
  // Of the built-in data without further words counts what preset and --set say of it.
  return only?.source.kind === 'builtin' && !('typefaces' in only.source) ? undefined : only?.source;
}

function namedSource(spec: string, labels: string | undefined): SingleGivenSource | undefined {
  if (spec === 'builtin' || spec === 'feedback') return { kind: spec };
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(spec) ?? [];
  if (bucket !== undefined) return { kind: 's3', bucket, prefix };
  if (!/^https?:\/\//i.test(spec)) return undefined;
  return { kind: 'url', url: spec, ...(labels !== undefined && { labels }) };
}

/** What the datasets' records say of ingest; a mixture has its own. */
export const ingestOf = ([first, ...others]: readonly GivenDataset[]): GivenDataset['ingest'] =>
  others.length === 0 ? first?.ingest : undefined;

/** The last part of a path or address without its ending, as a slice may be called. */
function sliceName(text: string, others: readonly { name: string }[]): string {
  const [path = ''] = text.split(/[?#]/);
  const last = path.split('/').findLast((part) => part !== '') ?? '';
  const plain = last
    .replace(/\.(zip|tar|tar\.gz|tgz|gz)$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 36);
  const name = plain === '' || ['handwriting', 'typefaces', 'negatives'].includes(plain) ? `own-${plain}` : plain;
  const taken = (some: string): boolean => others.some((other) => other.name === some);
  for (let number = 1; ; number++) {
    const tried = (number === 1 ? name : `${name}-${number}`).replace(/-$/, '');
    if (!taken(tried)) return tried;
  }
}
