// The documents of --json, verb by verb. Members may be added later, none is renamed or taken away without a word in the
// changelog. A test holds every document that the tests of the command line see against its schema, and every verb has one.

import { z } from 'zod';
import { errorDocument } from './common.ts';
import { datasetDocuments } from './datasets.ts';
import { modelDocuments } from './models.ts';
import { runDocuments } from './runs.ts';
import { scheduleDocuments } from './schedules.ts';
import { sessionDocuments } from './sessions.ts';
import { stackDocuments } from './stack.ts';

const schemas: Record<string, z.ZodType> = {
  error: errorDocument,
  ...runDocuments,
  ...scheduleDocuments,
  ...datasetDocuments,
  ...modelDocuments,
  ...sessionDocuments,
  ...stackDocuments,
};

/** Verbs that answer as one of those below them does. */
const ALIKE: Record<string, string> = {
  models: 'models list',
  feedback: 'feedback list',
  datasets: 'datasets list',
  schedule: 'schedule list',
};

/** @param verb its path, e.g. `models export`, or `error`. Undefined for verbs that print none. */
export const documentSchema = (verb: string): z.ZodType | undefined => schemas[ALIKE[verb] ?? verb];

export const DOCUMENTS: readonly string[] = Object.keys(schemas).sort();

/** The schema as JSON Schema (2020-12). @throws RangeError where there is none */
export function jsonSchemaOf(verb: string): Record<string, unknown> {
  const schema = documentSchema(verb);
  if (schema === undefined) throw new RangeError(`expected a verb with a schema, got ${verb}`);
  const title = verb === 'error' ? 'digitflow: a verb failed' : `digitflow ${ALIKE[verb] ?? verb} --json`;
  // As input: members that are added later are no error of who reads.
  return { title, ...z.toJSONSchema(schema, { io: 'input' }) };
}

/** Files of docs/schemas/, one a document. */
export const schemaFiles = (): { name: string; text: string }[] =>
  DOCUMENTS.map((verb) => ({
    name: `${verb.replaceAll(' ', '-')}.json`,
    text: `${JSON.stringify(jsonSchemaOf(verb), null, 2)}\n`,
  }));
