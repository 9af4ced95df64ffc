// Holds what a verb wrote with --json against the schema that is published for it.

import { isDeepStrictEqual } from 'node:util';
import { documentSchema } from '../../cli/documents/schemas.ts';

/** @throws Error for a document that its schema does not describe, or describes only in part */
export function checkDocument(words: readonly string[], stdout: string): void {
  const text = stdout.trim();
  if (!text.startsWith('{')) return;
  const document = JSON.parse(text) as Record<string, unknown>;
  const plain = words.filter((word) => !word.startsWith('-'));
  const verb = 'error' in document && 'exitCode' in (document['error'] as object) ? 'error' : verbOf(plain);
  const schema = verb === undefined ? undefined : documentSchema(verb);
  if (schema === undefined) return;
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw new Error(`${words.join(' ')}: not as its schema says: ${parsed.error.message}`);
  if (!isDeepStrictEqual(parsed.data, document) && verb !== 'error')
    throw new Error(`${words.join(' ')}: members that its schema does not name: ${text.slice(0, 500)}`);
}

const verbOf = ([verb = '', below = '']: readonly string[]): string | undefined =>
  [`${verb} ${below}`, verb].find((name) => documentSchema(name) !== undefined);
