// Documents of `datasets`.

import { z } from 'zod';
import { count, dateTime } from './common.ts';

const byClass = z.record(z.string(), count).describe('class → samples');

const dataset = z.object({
  id: z.string().describe('the beginning of sha256'),
  sha256: z.string(),
  names: z.array(z.string()),
  dataset: z.string(),
  source: z.looseObject({ kind: z.string() }).nullable().describe('as ingest.source of a run configuration'),
  at: dateTime,
  samples: count.nullable(),
  classes: byClass.nullable(),
  rejected: count.nullable(),
  duplicates: count.nullable(),
  conflicts: count.nullable(),
  pixelDigest: z.string().nullable(),
  runs: z.array(z.string()).describe('newest first'),
  versions: z.array(z.object({ name: z.string(), version: z.int() })),
  collected: z.boolean().describe('true: its bytes are gone'),
});

const rejected = z.object({
  count,
  reasons: z.record(z.string(), count),
  first: z.array(z.object({ name: z.string(), reason: z.string(), detail: z.string() })).describe('up to --limit'),
});

const same = z.object({
  count,
  first: z
    .array(z.object({ name: z.string(), class: z.string(), other: z.string(), otherClass: z.string() }))
    .describe('up to --limit'),
});

/** What was read off a dataset. */
const description = z.object({
  samples: count,
  classes: byClass,
  slices: z.record(z.string(), byClass),
  groups: count,
  rejected,
  duplicates: same,
  conflicts: same,
  warnings: z.array(z.string()),
  licences: z.array(z.object({ package: z.string(), version: z.string(), licence: z.string() })),
  pixelDigest: z.string(),
});

const sheet = z.string().nullable().describe('the file of --sheet');

const checked = z.object({
  images: z.array(z.string()),
  usable: z.boolean(),
  refusal: z.object({ type: z.string(), message: z.string() }).nullable(),
  warnings: z.array(z.string()),
  sheet,
});

const tried = z.union([
  checked.extend(description.shape),
  checked.extend({ rejected: rejected.nullable() }).describe('ingest refuses before it has read all'),
]);

const added = description.extend({
  name: z.string(),
  id: z.string(),
  sha256: z.string(),
  added: z.boolean().describe('false: it was there with the same images'),
  dataset: z.string(),
  run: z.string(),
  sheet,
});

export const datasetDocuments: Record<string, z.ZodType> = {
  'datasets list': z.object({ datasets: z.array(dataset), total: count, damaged: z.array(z.string()) }),
  'datasets show': dataset.extend(description.shape).extend({ sheet }),
  'datasets check': tried,
  'datasets add': z.union([added, tried.describe('--dry-run')]),
  'datasets remove': z.object({ removed: z.string(), id: z.string().nullable() }),
};
