// Holds what a verb wrote with --json against the schema that is published for it.

import { isDeepStrictEqual } from 'node:util';
import { documentSchema } from '../../cli/documents/schemas.ts';

/** @throws Error for a document without a schema, or that its schema does not describe, or describes only in part */
export function checkDocument(words: readonly string[], stdout: string): void {
  const text = stdout.trim();
  if (!text.startsWith('{')) return;
  const document = JSON.parse(text) as Record<string, unknown>;
  const isError = 'error' in document && Object.keys(document).length === 1;
  const schema = documentSchema(isError ? 'error' : verbOf(words.filter((word) => !word.startsWith('-'))));
  if (schema === undefined) throw new Error(`${words.join(' ')}: printed a document that no schema describes`);
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw new Error(`${words.join(' ')}: not as its schema says: ${parsed.error.message}`);
  if (!isDeepStrictEqual(parsed.data, document))
    throw new Error(`${words.join(' ')}: members that its schema does not name: ${text.slice(0, 500)}`);
}

const verbOf = ([verb = '', below = '']: readonly string[]): string =>
  documentSchema(`${verb} ${below}`) === undefined ? verb : `${verb} ${below}`;
