import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storeCorrection } from '../../artifacts/feedback.ts';
import { keys } from '../../artifacts/keys.ts';
import { confirm, type AnswerInput } from '../../cli/confirm.ts';
import { openTerminal } from '../../cli/terminal.ts';
import { readSettings } from '../../cli/settings.ts';
import { correctionOf } from '../support/corrections.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

let home: CliHome;
beforeEach(async () => {
  home = await openCliHome();
});
afterEach(() => home.remove());

async function putMany(count: number) {
  const nowMs = Date.now() - 60_000;
  const made = Array.from({ length: count }, (_, number) => correctionOf(number, nowMs + number));
  for (const each of made) await storeCorrection(home.store, each);
  return made;
}

test('feedback lists corrections newest first, with what the model said and what is true', async () => {
  const made = await putMany(3);
  const { exitCode, stdout } = await home.run(['feedback']);
  expect(exitCode).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^id +label +read as +model +made +expires$/);
  expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(made.map(({ id }) => id).reverse());
  expect(lines[1]).toMatch(/ 2 +1 \(75\.00 %\) +digits 1 /);
});

test('feedback list --json is one document without pictures, a page at a time', async () => {
  const made = await putMany(5);
  const first = (await home.run(['feedback', 'list', '--limit', '2', '--json'])).document();
  expect(first).toMatchObject({ total: 5, next: made[3]!.id, damaged: [] });
  expect(first['corrections']).toMatchObject([{ id: made[4]!.id, label: '4', session: 'session-1' }, {}]);
  expect(JSON.stringify(first)).not.toContain(made[4]!.crop.png);
  const rest = await home.run(['feedback', 'list', '--before', made[3]!.id]);
  expect(rest.stdout).toContain(made[0]!.id);
  expect(rest.stdout).not.toContain(made[4]!.id);
});

test('without corrections it says how to make some', async () => {
  const { exitCode, stdout } = await home.run(['feedback']);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/Turn on Teach on the page/)]);
});

test('feedback delete deletes for good, several at once, and names those that are not there', async () => {
  const made = await putMany(3);
  const unknown = correctionOf(99, 5).id;
  const answer = await home.run(['feedback', 'delete', made[0]!.id, made[2]!.id, '--json']);
  expect(answer.document()).toEqual({ deleted: [made[0]!.id, made[2]!.id] });
  expect(await home.store.get(keys.correction(made[0]!.id))).toBeUndefined();
  const { exitCode, stderr } = await home.run(['feedback', 'delete', made[1]!.id, unknown]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(new RegExp(`no correction ${unknown} \\(1 others were deleted\\)`));
  expect((await home.run(['feedback', '--json'])).document()).toMatchObject({ total: 0 });
});

test('feedback clear deletes nothing where nobody can be asked, unless --yes says so', async () => {
  await putMany(4);
  const { exitCode, stderr } = await home.run(['feedback', 'clear', '--json']);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/Delete all 4 corrections for good\?.*--yes/)]);
  expect((await home.run(['feedback', 'list', '--json'])).document()).toMatchObject({ total: 4 });
  expect((await home.run(['feedback', 'clear', '--yes', '--json'])).document()).toEqual({ deleted: 4 });
  expect((await home.run(['feedback', 'clear', '--json'])).document()).toEqual({ deleted: 0 });
});

test('feedback export writes a folder that train takes, into an empty place only', async () => {
  const made = await putMany(12);
  const { document } = await home.run(['feedback', 'export', 'out/crops', '--json']);
  const folder = join(home.folder, 'out', 'crops');
  expect(document()).toMatchObject({ folder, corrections: 12, labels: { '0': 2, '1': 2, '9': 1 } });
  expect(readdirSync(folder).sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(readFileSync(join(folder, '3', `${made[3]!.id}.png`))).toEqual(Buffer.from(made[3]!.crop.png, 'base64'));
  expect((await home.run(['feedback', 'export', 'out/crops'])).stderr).toMatch(/expected an empty folder/);
  mkdirSync(join(home.folder, 'other'));
  writeFileSync(join(home.folder, 'other', 'file'), '');
  expect((await home.run(['feedback', 'export', 'other/file'])).exitCode).toBe(1);
});

test('a damaged record is named, and can be deleted', async () => {
  const made = await putMany(2);
  await home.store.put(keys.correction(made[1]!.id), Buffer.from('not a record'));
  const { exitCode, stdout, stderr } = await home.run(['feedback']);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining(made[0]!.id)]);
  expect(stderr).toContain(`npx digitflow feedback delete ${made[1]!.id}`);
  expect((await home.run(['feedback', 'delete', made[1]!.id])).exitCode).toBe(0);
});

test('a word that is none of its verbs is refused', async () => {
  const { exitCode, stderr } = await home.run(['feedback', 'claer']);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/did you mean clear/)]);
});

describe('training with corrections', () => {
  test.each([[['ingest.source.kind=feedback']], [['ingest.source={"kind":"feedback"}']]])('--set %j', (set) => {
    const { resolved, input } = readSettings({ set }, home.folder);
    expect(resolved.ingest.source).toEqual({ kind: 'feedback' });
    expect(input.ingest?.source).toEqual({ kind: 'feedback' });
  });

  test('a preset with another source gives way, and its options can be set', () => {
    const set = ['ingest.source.kind=feedback', 'ingest.source.since=2026-11-01', 'ingest.source.model=digits'];
    const { resolved } = readSettings({ preset: 'quick', set }, home.folder);
    expect(resolved.ingest.source).toEqual({ kind: 'feedback', since: '2026-11-01', model: 'digits' });
  });

  test('--dataset feedback means the same, and what is no time is refused', () => {
    expect(readSettings({ source: { kind: 'feedback' } }, home.folder).resolved.ingest.source.kind).toBe('feedback');
    expect(() =>
      readSettings({ set: ['ingest.source.kind=feedback', 'ingest.source.since=yesterday'] }, home.folder),
    ).toThrow(/ingest\.source\.since/);
  });
});

describe('a question', () => {
  const ask = async (typed: string | undefined, { isTTY = true, yes = false, json = false } = {}) => {
    let screen = '';
    const input: AnswerInput = Object.assign(new PassThrough(), { isTTY });
    const output = { write: (text: string) => (screen += text) };
    const terminal = openTerminal({ json, stdout: output, stderr: output, environment: {} });
    const abort = new AbortController();
    if (typed === undefined) abort.abort(new Error('Ctrl-C'));
    else (input as unknown as PassThrough).end(typed);
    const said = await confirm({ terminal, signal: abort.signal }, { text: 'Really?', yes, input });
    return { said, screen };
  };

  test.each([
    ['y\n', true],
    ['  YES \n', true],
    ['n\n', false],
    ['\n', false],
    ['yes please\n', false],
    ['', false],
  ])('answered with %j', async (typed, said) => {
    expect(await ask(typed)).toEqual({ said, screen: 'Really? [y/N] ' });
  });

  test('is not asked with --yes, nor where nobody could answer', async () => {
    expect(await ask('', { yes: true })).toEqual({ said: true, screen: '' });
    await expect(ask('y\n', { isTTY: false })).rejects.toThrow(/--yes/);
    await expect(ask('y\n', { json: true })).rejects.toThrow(/--yes/);
  });

  test('ends with Ctrl-C', async () => {
    await expect(ask(undefined)).rejects.toThrow('Ctrl-C');
  });
});
