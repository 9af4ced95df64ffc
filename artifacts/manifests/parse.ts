// From bytes to a checked record, and back to the one canonical form.

import type { z } from 'zod';
import { canonicalBytes, canonicalJson, sha256 } from '../canonical.ts';

const SHOWN_ISSUES = 5;

/** Thrown when the bytes under a key are not the record that was expected there. Reading again does not help. */
export class InvalidRecord extends Error {
  override readonly name = 'InvalidRecord';
  readonly retryable = false;
  readonly key: string;
  readonly expected: string;
  readonly got: string;
  constructor(details: { key: string; expected: string; got: string }, options?: ErrorOptions) {
    super(`${details.key}: expected ${details.expected}, got ${details.got}`, options);
    this.key = details.key;
    this.expected = details.expected;
    this.got = details.got;
  }
}

/** A schema with the word that errors use for it, e.g. `a dataset manifest`. */
export interface RecordType<Schema extends z.ZodType> {
  schema: Schema;
  expected: string;
  /** Written with a digest of all the rest, so that one changed bit does not go unseen. @default false */
  isSealed?: boolean;
}

/**
 * Reads a record.
 * @param key where the bytes stand, for the error
 * @throws InvalidRecord naming key, expected and got
 */
export function parseRecord<Schema extends z.ZodType>(
  type: RecordType<Schema>,
  bytes: Uint8Array,
  key: string,
): z.output<Schema> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    const got = `${bytes.byteLength} bytes that are not JSON (${error instanceof Error ? error.message : String(error)})`;
    throw new InvalidRecord({ key, expected: type.expected, got }, { cause: error });
  }
  return checked(type, type.isSealed === true ? unsealed(value, { text, expected: type.expected, key }) : value, key);
}

/**
 * The canonical bytes of a record, checked before they are written.
 * @throws InvalidRecord when the value does not fit its schema; NotCanonical for NaN or Infinity
 */
export function encodeRecord<Schema extends z.ZodType>(type: RecordType<Schema>, value: z.input<Schema>): Uint8Array {
  const whole = checked(type, value, 'a record to be written');
  return type.isSealed === true ? sealed(whole as Sealed) : canonicalBytes(whole);
}

interface Sealed {
  revision?: number;
  seal?: { revision?: number; sha256?: string };
}

/** Stands in the seal while the record's own text is hashed. */
const NO_DIGEST = '0'.repeat(64);
const SEAL = /"seal":\{(?:"revision":\d+,)?"sha256":"([0-9a-f]{64})"\}/;

function sealed(whole: Sealed): Uint8Array {
  const text = canonicalJson({ ...whole, seal: { revision: whole.revision, sha256: NO_DIGEST } });
  const digest = sha256(text);
  return Buffer.from(text.replace(SEAL, (seal) => seal.replace(NO_DIGEST, digest)));
}

/**
 * What was sealed. A record without a seal was written before there were any; one with the seal of another revision was
 * changed by an older program, which keeps members that it doesn't know.
 */
function unsealed(value: unknown, { text, expected, key }: { text: string; expected: string; key: string }): unknown {
  if (typeof value !== 'object' || value === null || !('seal' in value)) return value;
  const { seal, ...rest } = value as Sealed;
  if (seal?.revision !== rest.revision) return rest;
  const [found, digest = ''] = SEAL.exec(text) ?? [];
  if (found === undefined || sha256(text.replace(found, found.replace(digest, NO_DIGEST))) !== digest)
    throw new InvalidRecord({ key, expected: `${expected} as it was sealed`, got: 'another content' });
  return rest;
}

function checked<Schema extends z.ZodType>(type: RecordType<Schema>, value: unknown, key: string): z.output<Schema> {
  const result = type.schema.safeParse(value);
  if (result.success) return result.data;
  const shown = result.error.issues.slice(0, SHOWN_ISSUES).map((issue) => {
    const path = issue.path.map(String).join('.') || 'the whole';
    return `${path}: ${issue.message}`;
  });
  const more = result.error.issues.length - shown.length;
  throw new InvalidRecord(
    { key, expected: type.expected, got: shown.join('; ') + (more > 0 ? `; and ${more} more` : '') },
    { cause: result.error },
  );
}
