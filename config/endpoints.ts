// The two files by which a running stack is found: endpoints.json (addresses) and credentials.json (keys of the store).

import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** Thrown when a file of the home is there but is not what it should be: a half-written or foreign file. */
export class InvalidHomeFile extends Error {
  override readonly name = 'InvalidHomeFile';
  readonly path: string;
  constructor(details: { path: string; expected: string; got: string }, options?: ErrorOptions) {
    super(`${details.path}: expected ${details.expected}, got ${details.got}`, options);
    this.path = details.path;
  }
}

/** Files only: what is secret stands nowhere in a home. */
const pemFile = z.object({ path: z.string().min(1) });

/** Loose: an older CLI reads what a newer supervisor wrote. */
export const endpointsSchema = z.looseObject({
  /** `host:port` of the frontend, with or without a scheme. */
  temporal: z.string().min(1),
  /** Temporal's namespace. */
  namespace: z.string().min(1).default('default'),
  temporalUi: z.url().optional(),
  /** Of somebody else's Temporal, where it asks for TLS. */
  temporalTls: z
    .object({
      serverName: z.string().optional(),
      authority: pemFile.optional(),
      certificate: pemFile.optional(),
      key: pemFile.optional(),
    })
    .optional(),
  /** `http(s)://…` of an S3 endpoint or `file:///…` of a folder. */
  store: z.url(),
  bucket: z.string().min(1).default('digitflow'),
  region: z.string().min(1).default('us-east-1'),
  /** Of somebody else's S3. */
  storeAddressing: z.string().optional(),
  storeCaFile: z.string().optional(),
  inference: z.url().optional(),
});
export type Endpoints = z.output<typeof endpointsSchema>;

export const credentialsSchema = z.looseObject({
  accessKey: z.string().min(3),
  secretKey: z.string().min(8),
  /** Of keys that expire. */
  sessionToken: z.string().min(1).optional(),
});
export type StoreCredentials = z.output<typeof credentialsSchema>;

/** The addresses of the running stack; undefined when no stack runs. @throws InvalidHomeFile */
export function readEndpoints(path: string): Endpoints | undefined {
  return readJsonFile(path, endpointsSchema, 'the addresses of a running stack');
}

/** The store's keys; undefined when none were made. @throws InvalidHomeFile, which never shows a secret */
export function readCredentials(path: string): StoreCredentials | undefined {
  return readJsonFile(path, credentialsSchema, 'the keys of the object store');
}

function readJsonFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  expected: string,
): z.output<Schema> | undefined {
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // The cause is left out: V8 quotes the text it could not parse, and that may be a secret.
    throw new InvalidHomeFile({ path, expected, got: 'a file that cannot be read as JSON' });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const got = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`).join('; ');
  throw new InvalidHomeFile({ path, expected, got });
}
