// What every adapter checks before it sends anything: the port's promises about keys and sizes.

import { InvalidKey, ObjectTooLarge, type StorePlace } from './errors.ts';

/** One PUT, never multipart: concurrent conditional multipart uploads were all told they had won. */
export const MAX_OBJECT_BYTES = 64 * 1024 * 1024;

/** Conditional writes are read back after a lost answer; that stays cheap. */
export const MAX_CONDITIONAL_BYTES = 1024 * 1024;

const MAX_KEY_BYTES = 1024; // S3's own limit

/** @throws InvalidKey */
export function checkKey(key: string): void {
  if (/\p{Surrogate}/u.test(key)) throw new InvalidKey(key, 'well-formed Unicode');
  const sizeBytes = Buffer.byteLength(key);
  if (sizeBytes === 0 || sizeBytes > MAX_KEY_BYTES) throw new InvalidKey(key, `1 to ${MAX_KEY_BYTES} bytes of UTF-8`);
  if (/[\p{Cc}\\]/u.test(key)) throw new InvalidKey(key, 'no control character and no backslash');
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new InvalidKey(key, 'segments that are neither empty nor "." nor ".."');
  }
}

/** @throws ObjectTooLarge */
export function checkSize(place: StorePlace, sizeBytes: number, limitBytes: number): void {
  if (sizeBytes > limitBytes) throw new ObjectTooLarge(place, { sizeBytes, limitBytes });
}

/** Key order: by the bytes of UTF-8, as S3 lists. JavaScript's own order differs above U+FFFF. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}

/** The same bytes as a plain array at offset 0 of a buffer of its own, so that any typed array may be laid over them. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength;
  return isWhole ? new Uint8Array(buffer) : Uint8Array.from(bytes);
}
