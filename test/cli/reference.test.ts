import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { manPage } from '../../cli/reference/man.ts';
import { markdownReference } from '../../cli/reference/markdown.ts';
import { readReference } from '../../cli/reference/reference.ts';
import { schemaFiles } from '../../cli/documents/schemas.ts';
import { checkoutFolder } from '../../config/home.ts';
import { everyVerb, pathOf, verbsOf } from '../support/every-verb.ts';

const program = everyVerb();
const reference = readReference(program);
const committed = (name: string): string => readFileSync(path.join(checkoutFolder, 'docs', name), 'utf8');

test('holds every verb', () => {
  const verbs = verbsOf(program).map(pathOf);
  expect(reference.verbs.map((verb) => verb.path).sort()).toEqual(verbs.filter((verb) => verb !== 'help').sort());
  expect(reference.common.map(({ flags }) => flags)).toEqual(['--json', '--quiet', '--no-pager']);
});

test.each([
  ['reference.md', markdownReference(reference)],
  ['digitflow.1', manPage(reference)],
])('docs/%s is what the help of now says; `npm run reference` writes it anew', (name, text) => {
  expect(committed(name)).toBe(text);
});

test('docs/schemas holds the schema of each document', () => {
  const folder = path.join(checkoutFolder, 'docs', 'schemas');
  const files = Object.fromEntries(schemaFiles().map(({ name, text }) => [name, text]));
  expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort());
  for (const [name, text] of Object.entries(files)) expect(committed(`schemas/${name}`)).toBe(text);
});

describe('the man page', () => {
  test.runIf(spawnSync('man', ['--version']).status === 0)('is one that man can show', () => {
    const file = path.join(checkoutFolder, 'docs', 'digitflow.1');
    const shown = execFileSync('man', ['--warnings', '-l', file], {
      encoding: 'utf8',
      env: { ...process.env, MANPAGER: 'cat', PAGER: 'cat', MANWIDTH: '100' },
    });
    expect(shown).toContain('models export <version>');
    expect(shown).toContain('--no-pager');
  });
  test('begins no line of text like a request', () => {
    const requests = new Set(['.TH', '.SH', '.SS', '.TP', '.PP', '.B', '.I', '.nf', '.fi', '.RS', '.RE']);
    for (const line of manPage(reference)
      .split('\n')
      .filter((each) => /^[.']/.test(each)))
      expect(requests).toContain(line.split(' ')[0]);
  });
});
