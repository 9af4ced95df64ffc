// The document of `compare`.

import { z } from 'zod';
import { jsonValue, share } from './common.ts';

const proportion = z.object({ count: z.int(), of: z.int(), value: share, low: share, high: share });

const paired = z
  .object({
    of: z.int(),
    both: z.int(),
    onlyA: z.int(),
    onlyB: z.int(),
    neither: z.int(),
    difference: z.number().min(-1).max(1),
    low: z.number().min(-1).max(1),
    high: z.number().min(-1).max(1),
    chance: share,
  })
  .describe('B less A on the samples that both have, with a 95 % interval and the exact sign test');

const compared = z.object({ a: proportion.nullable(), b: proportion.nullable(), paired: paired.nullable() });
const both = z.object({ a: z.number(), b: z.number() });

const figures = z.object({
  samples: z.object({ a: z.int(), b: z.int(), common: z.int() }),
  accuracy: compared,
  recallAtThreshold: compared,
  wrongAtThreshold: compared,
  falseDigits: compared,
  loss: both,
  calibrationError: both,
});

const subject = z.object({
  name: z.string(),
  run: z.string(),
  model: z.object({ name: z.string(), version: z.int(), digest: z.string() }).nullable(),
  network: z.string(),
  threshold: share,
  commit: z.string().nullable(),
});

const said = z.object({ sample: z.string(), said: z.string(), digit: z.string(), probability: share });

export const comparison = z.object({
  a: subject,
  b: subject,
  test: z.object({
    same: z.boolean(),
    matchedBy: z.enum(['split', 'dataset', 'inputs']),
    a: z.int(),
    b: z.int(),
    common: z.int(),
  }),
  configuration: z.array(z.object({ key: z.string(), a: jsonValue.optional(), b: jsonValue.optional() })).nullable(),
  made: z.array(z.object({ steps: z.array(z.string()), difference: z.looseObject({ kind: z.string() }) })),
  unknown: z.array(z.string()),
  figures,
  bySource: z.record(z.string(), figures),
  disagreements: z.object({
    count: z.int(),
    onlyA: z.int(),
    onlyB: z.int(),
    neither: z.int(),
    samples: z.array(
      z.object({ label: z.string(), source: z.string(), right: z.enum(['a', 'b', 'neither']), a: said, b: said }),
    ),
  }),
  html: z.string().optional(),
});
