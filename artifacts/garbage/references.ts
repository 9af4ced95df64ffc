// What a record or a manifest names: blobs, blobs that may name further ones, and finished steps. Reads any JSON, so that a
// new kind of record keeps alive what it names without a line here.

import { keys } from '../keys.ts';

export interface References {
  /** Keys of all blobs that are named anywhere, be it in a sentence. */
  blobs: Set<string>;
  /** Those among them that may name others. */
  manifests: Set<string>;
  steps: { step: string; stepKey: string }[];
}

const BLOB_KEY = /blobs\/sha256\/[0-9a-f]{2}\/[0-9a-f]{64}/g;
const SHA256 = /^[0-9a-f]{64}$/;

/** Members that hold plain bytes: pixels, floats, pictures. What is under any other name is read, lest it names something. */
const PLAIN = new Set([
  'blobs',
  'calibratedWeights',
  'chart',
  'contactSheet',
  'masters',
  'parts',
  'plots',
  'probabilities',
  'report',
  'shards',
  'source',
  'state',
  'weights',
]);

export function referencesIn(bytes: Uint8Array): References {
  const found: References = { blobs: new Set(), manifests: new Set(), steps: [] };
  if (!looksLikeJson(bytes)) return found;
  const text = new TextDecoder().decode(bytes);
  for (const [key] of text.matchAll(BLOB_KEY)) found.blobs.add(key);
  try {
    walk(JSON.parse(text), found);
  } catch {
    found.manifests = new Set(found.blobs); // cut short or damaged: what it shows of its refs is kept, and read
  }
  return found;
}

/** Digests that stand alone in a document, e.g. those of a version's `code`, as keys of blobs. */
export function digestsIn(value: unknown): string[] {
  if (typeof value === 'string') return SHA256.test(value) ? [keys.blob(value)] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(digestsIn) : [];
}

function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20);
  return first === 0x7b || first === 0x5b; // { or [
}

function walk(value: unknown, found: References): void {
  if (typeof value !== 'object' || value === null) return;
  const { key, step, stepKey } = value as Record<string, unknown>;
  if (typeof key === 'string' && found.blobs.has(key)) found.manifests.add(key);
  if (typeof step === 'string' && typeof stepKey === 'string' && SHA256.test(stepKey))
    found.steps.push({ step, stepKey });
  for (const [name, member] of Object.entries(value)) if (!PLAIN.has(name)) walk(member, found);
}
