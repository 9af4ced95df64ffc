// What --dataset, --labels and --weight say together: one source, or several as a mixture.

import { WrongUse } from '../errors.ts';
import type { GivenSource, SingleGivenSource } from '../settings.ts';
import { localDataset, type LocalDataset, type PackedSource } from './pack.ts';

export interface DatasetOptions {
  dataset?: string[];
  labels?: string;
  weight?: number[];
}

interface GivenDataset {
  name: string;
  weight: number;
  /** What a worker reads by itself; undefined for images on this machine, which are packed. */
  source: SingleGivenSource | undefined;
  local: LocalDataset | undefined;
}

/** Checks the words and that local files are there. @throws WrongUse */
export async function givenDatasets(options: DatasetOptions, folder: string): Promise<GivenDataset[]> {
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
    const source = namedSource(spec, labels);
    const local = source === undefined ? await localDataset(spec, folder, labels) : undefined;
    const name = sliceName(local?.name ?? spec, given);
    given.push({ name, weight: weights[i] ?? 1, source, local });
  }
  return given;
}

/**
 * The source of a run; undefined when none was given, or the built-in data alone.
 * @param sourceOf a local dataset's source: a stand-in while the words are checked, then what was packed
 */
export function givenSource(
  given: readonly GivenDataset[],
  sourceOf: (local: LocalDataset) => SingleGivenSource | PackedSource,
): GivenSource | PackedSource | undefined {
  const sources = given.map(({ name, weight, source, local }) => ({
    name,
    weight,
    source: local === undefined ? source! : sourceOf(local),
  }));
  if (sources.length > 1) return { kind: 'mixed', sources };
  const [only] = sources;
  return only?.source.kind === 'builtin' ? undefined : only?.source; // what preset and --set say of it counts
}

function namedSource(spec: string, labels: string | undefined): SingleGivenSource | undefined {
  if (spec === 'builtin' || spec === 'feedback') return { kind: spec };
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(spec) ?? [];
  if (bucket !== undefined) return { kind: 's3', bucket, prefix };
  if (!/^https?:\/\//i.test(spec)) return undefined;
  return { kind: 'url', url: spec, ...(labels !== undefined && { labels }) };
}

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
