// That the documents of --json are described, all of them. What verbs print is held against it wherever tests run them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOCUMENTS, documentSchema } from '../../cli/documents/schemas.ts';
import { everyVerb, pathOf, verbsOf } from '../support/every-verb.ts';
import { checkDocument } from './check-document.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

/** Why a verb prints no document. */
const WITHOUT: Record<string, string> = {
  compose: 'alone it shows its help',
  config: 'alone it shows its help',
  session: 'alone it shows its help',
};

const verbs = verbsOf(everyVerb()).map(pathOf);

test('every verb has a schema for what it prints with --json', () => {
  const missing = verbs.filter((verb) => documentSchema(verb) === undefined);
  expect(missing.sort()).toEqual(Object.keys(WITHOUT));
});

test('every schema is of a verb that is there', () => {
  expect(DOCUMENTS.filter((name) => name !== 'error' && !verbs.includes(name))).toEqual([]);
});

describe('a document', () => {
  const listed = { schedules: [], temporal: 'reachable', damaged: [] };

  test('is held against the schema of its verb, however the verb is named', () => {
    for (const words of [['schedule'], ['schedule', 'list'], ['schedule', 'list', '--json']])
      checkDocument(words, JSON.stringify(listed));
    checkDocument(['schedule'], JSON.stringify({ error: { type: 'NotFound', message: 'gone', exitCode: 1 } }));
  });

  test.each([
    ['of no verb', 'trian', listed, /that no schema describes/],
    ['with another value', 'schedule', { ...listed, temporal: 'there' }, /not as its schema says/],
    ['without a member', 'schedule', { ...listed, damaged: undefined }, /not as its schema says/],
    ['with a member of no schema', 'schedule', { ...listed, next: 3 }, /members that its schema does not name/],
  ])('%s is found out', (_what, verb, document, message) => {
    expect(() => checkDocument([verb], JSON.stringify(document))).toThrow(message);
  });
});

describe('without a stack', () => {
  let home: CliHome;
  beforeAll(async () => {
    home = await openCliHome();
  });
  afterAll(() => home.remove());

  test.each([
    [['status'], { state: 'stopped', parts: [], workers: [] }],
    [['down'], { outcome: 'notRunning', leftovers: [] }],
    [['schedule'], { temporal: 'unreachable', schedules: [] }],
    [['datasets'], { datasets: [], total: 0 }],
    [['config', 'schema'], { title: 'digitflow run configuration' }],
    [['schema'], { documents: DOCUMENTS }],
    [['schema', 'schedule', 'run'], { title: 'digitflow schedule run --json' }],
    [['reference'], { exitCodes: expect.stringContaining('130') as string }],
  ])('%j prints its document', async (words, document) => {
    const result = await home.run([...words, '--json']);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.document()).toMatchObject(document);
  });
});
