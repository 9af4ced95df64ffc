// Documents of verbs about the stack and about the command line itself.

import { z } from 'zod';
import { endpointsSchema } from '../../config/endpoints.ts';
import { partViewSchema } from '../../setup/stack/state-file.ts';
import { configuration, count, dateTime, endpoints, jsonValue, publishedSchema, temporal } from './common.ts';
import { followed } from './runs.ts';

const part = partViewSchema.extend({
  restarts: count,
  isRunning: z.boolean().describe('false also for what this stack only connects to'),
  runsOlderCode: z.boolean(),
  changedSources: z.array(z.string()),
});

const worker = z.object({
  identity: z.string(),
  queues: z.array(z.string()),
  lastSeenAt: dateTime,
  host: z.string().optional(),
  pid: z.int().optional(),
  version: z.string().optional(),
  commit: z.string().optional(),
});

const option = z.object({
  flags: z.string(),
  meaning: z.string(),
  choices: z.array(z.string()),
  default: z.string().optional(),
  isMandatory: z.boolean(),
});

export const stackDocuments: Record<string, z.ZodType> = {
  start: z.union([followed, z.object({ endpoints }).describe('--no-train')]),
  up: z.object({ supervisorPid: z.int().nullable(), endpoints }),
  down: z.object({
    outcome: z
      .enum(['stopped', 'killed', 'cleanedUp', 'notRunning'])
      .describe('killed: the supervisor did not answer; cleanedUp: it had been killed before'),
    leftovers: z.array(z.object({ part: z.string(), pid: z.int() })).describe('what was stopped in its place'),
  }),
  status: z.object({
    home: z.string(),
    state: z.enum(['starting', 'running', 'stopping', 'stopped', 'killed']),
    supervisorPid: z.int().optional(),
    startedAt: dateTime.optional(),
    endpoints: endpointsSchema
      .extend({ namespace: z.string(), bucket: z.string(), region: z.string() })
      .optional()
      .describe('while it runs, as in endpoints.json'),
    parts: z.array(part),
    workers: z.array(worker).describe('that take work from the connected Temporal, wherever they run'),
    needAttention: z.array(z.string()).describe('parked runs, id@last8'),
  }),
  doctor: z.object({
    checks: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['ok', 'warning', 'failed']),
        detail: z.string(),
        fix: z.string().optional(),
      }),
    ),
    failed: count,
  }),
  'compose init': z.object({
    path: z.string(),
    token: z.string().describe('shown this once'),
    page: z.url(),
    temporalUi: z.url(),
    command: z.string().describe('what starts it'),
  }),
  'config show': z.object({
    configuration,
    values: z.array(z.object({ key: z.string(), value: jsonValue, from: z.string() })),
  }),
  'config validate': z.object({
    valid: z.boolean(),
    problems: z.array(jsonValue),
    configuration: configuration.optional(),
  }),
  'config schema': publishedSchema,
  gc: z.object({
    dryRun: z.boolean(),
    graceSeconds: z.number(),
    keepRuns: z.int(),
    temporal,
    end: z.string(),
    before: z.object({ objects: z.int(), sizeBytes: z.int() }),
    garbage: z.object({ objects: z.int(), sizeBytes: z.int() }),
    objects: z.array(z.object({ key: z.string(), kind: z.string(), sizeBytes: z.int(), lastModified: dateTime })),
  }),
  completion: z.object({ shell: z.enum(['bash', 'zsh', 'fish']), script: z.string() }),
  reference: z.object({
    description: z.string(),
    version: z.string(),
    verbs: z.array(
      z.object({
        path: z.string(),
        usage: z.string(),
        group: z.string(),
        summary: z.string(),
        details: z.string().optional(),
        values: z.array(z.object({ name: z.string(), choices: z.array(z.string()) })),
        options: z.array(option),
        examples: z.array(z.tuple([z.string(), z.string()])),
      }),
    ),
    common: z.array(option),
    exitCodes: z.string(),
  }),
  schema: z.union([publishedSchema, z.object({ documents: z.array(z.string()) }).describe('without a verb')]),
};
