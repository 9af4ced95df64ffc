// The part `ingest` of a configuration, from what was given on the command line.

import { resolveRunConfiguration } from '../../config/resolve.ts';
import type { RunConfiguration } from '../../config/schema.ts';
import { WrongUse } from '../errors.ts';
import { type GivenSource, readSettings } from '../settings.ts';
import { type GivenDataset, ingestOf } from './given-datasets.ts';

export interface IngestWords {
  given: readonly GivenDataset[];
  source: GivenSource | undefined;
  /** `ingest.…=value` each. */
  set: string[];
  folder: string;
}

/** Every default filled in. @throws WrongUse for a value of another part; InvalidInput */
export function ingestSettings({ given, source, set, folder }: IngestWords): RunConfiguration['ingest'] {
  for (const assignment of set)
    if (!/^\s*ingest\./.test(assignment))
      throw new WrongUse(`--set: expected a value of ingest, e.g. ingest.maxRejectedRatio=0.05, got ${assignment}`);
  const { input } = readSettings({ set, source, ingest: ingestOf(given) }, folder);
  return resolveRunConfiguration(input).ingest;
}
