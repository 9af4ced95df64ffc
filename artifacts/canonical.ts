// Canonical JSON (RFC 8785) and SHA-256: equal values have equal bytes, and bytes have one name.

import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Thrown when a value has no canonical JSON: NaN, Infinity, a cycle, or nothing at all. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
  readonly retryable = false;
  constructor(reason: string, options?: ErrorOptions) {
    super(`expected a JSON value with finite numbers and no cycles, got ${reason}`, options);
  }
}

/**
 * The one JSON text of a value: keys sorted, no spaces, members that are undefined left out.
 * @throws NotCanonical
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    throw new NotCanonical(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (text === undefined) throw new NotCanonical(typeof value);
  return text;
}

/** `canonicalJson` as UTF-8. @throws NotCanonical */
export function canonicalBytes(value: unknown): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8');
}

/** SHA-256 in lower-case hex; text is hashed as UTF-8. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** SHA-256 of the canonical JSON of a value, in lower-case hex. @throws NotCanonical */
export function canonicalDigest(value: unknown): string {
  return sha256(canonicalJson(value));
}
