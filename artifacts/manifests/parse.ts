// From bytes to a checked record, and back to the one canonical form.

import type { z } from 'zod';
import { canonicalBytes } from '../canonical.ts';

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
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const got = `${bytes.byteLength} bytes that are not JSON (${error instanceof Error ? error.message : String(error)})`;
    throw new InvalidRecord({ key, expected: type.expected, got }, { cause: error });
  }
  return checked(type, value, key);
}

/**
 * The canonical bytes of a record, checked before they are written.
 * @throws InvalidRecord when the value does not fit its schema; NotCanonical for NaN or Infinity
 */
export function encodeRecord<Schema extends z.ZodType>(type: RecordType<Schema>, value: z.input<Schema>): Uint8Array {
  return canonicalBytes(checked(type, value, 'a record to be written'));
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
