import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import { moveAlias, moveIdOf, promote, publishVersion, readAliases, readVersion } from '../../artifacts/registry.ts';
import { modelCandidate } from '../support/model-candidate.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

let home: CliHome;
const registry = () => ({ store: home.store, clock: systemClock });

beforeEach(async () => {
  home = await openCliHome();
  for (const word of ['one', 'two', 'three']) await publishVersion(registry(), modelCandidate(word));
});
afterEach(() => home.remove());

/** What run number `version` does when it publishes. */
const publishMove = (version: number) => ({
  model: 'digits',
  alias: 'champion' as const,
  to: version,
  reason: `better than ${version - 1}`,
  author: `run ${version}`,
  moveId: moveIdOf({
    workflowId: `run-${version}`,
    firstExecutionRunId: 'first',
    digest: `v${version}`,
    alias: 'champion',
  }),
});

test('promote makes a version champion, says in place of which, and keeps who said so and why', async () => {
  const first = await home.run(['models', 'promote', '1', '--reason', 'the first one', '--author', 'Ada']);
  expect([first.exitCode, first.stdout]).toEqual([0, expect.stringMatching(/digits version 1 is champion now\./)]);
  const second = await home.run(['models', 'promote', '3', '--reason', 'reads sevens', '--json']);
  expect(second.document()).toEqual({
    model: 'digits',
    outcome: 'moved',
    champion: 3,
    before: 1,
    worker: { state: 'none' },
  });
  expect((await readAliases(home.store, 'digits')).moves).toMatchObject([
    { from: null, to: 1, reason: 'the first one', author: 'Ada' },
    { from: 1, to: 3, reason: 'reads sevens', author: expect.stringMatching(/./) },
  ]);
});

test('promoting the champion says so, changes nothing and is no error', async () => {
  await home.run(['models', 'promote', '2', '--reason', 'x']);
  const again = await home.run(['models', 'promote', '2', '--reason', 'x']);
  expect([again.exitCode, again.stdout]).toEqual([0, 'digits version 2 is champion already: nothing to do.\n']);
  expect((await readAliases(home.store, 'digits')).revision).toBe(1);
});

test('rollback goes to the version before, and a late retry of the run that published leaves it there', async () => {
  await moveAlias(registry(), publishMove(1));
  await moveAlias(registry(), publishMove(2));
  const { exitCode, stdout } = await home.run(['models', 'rollback', '--reason', 'misreads 7']);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/version 1 is champion now, in place of version 2/)]);
  expect(await moveAlias(registry(), publishMove(2))).toEqual({ outcome: 'done', now: 1 });
  await home.run(['models', 'rollback', '3', '--reason', 'further']);
  expect(await readAliases(home.store, 'digits')).toMatchObject({ champion: 3, previous: 1 });
});

test('history shows every move in one line from the first to the last', async () => {
  await moveAlias(registry(), publishMove(1));
  await moveAlias(registry(), publishMove(2));
  await home.run(['models', 'rollback', '--reason', 'misreads 7', '--author', 'Ada']);
  const { stdout } = await home.run(['models', 'history', '--limit', '2']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^move +when +alias +from +to +by +reason$/);
  expect(lines[1]).toMatch(/^3 .* champion +2 +1 +Ada +misreads 7$/);
  expect(lines[2]).toMatch(/^2 .* champion +1 +2 +run 2 +better than 1$/);
  expect(stdout).toContain('2 of 3; all of them');
  const { moves } = (await home.run(['models', 'history', 'digits', '--json'])).document() as {
    moves: { from: number | null; to: number }[];
  };
  expect(moves.map(({ from, to }) => [from, to])).toEqual([
    [null, 1],
    [1, 2],
    [2, 1],
  ]);
  const other = await home.run(['models', 'history', 'letters']);
  expect([other.exitCode, other.stdout]).toEqual([0, expect.stringMatching(/No alias of letters was ever moved/)]);
});

test('delete withdraws a version for good, but none that an alias means', async () => {
  await promote(registry(), { model: 'digits', alias: 'champion', to: 2, reason: 'x', author: 'y' });
  await promote(registry(), { model: 'digits', alias: 'candidate', to: 3, reason: 'x', author: 'y' });
  for (const [version, alias] of [
    ['2', 'champion'],
    ['3', 'candidate'],
  ] as const) {
    const refused = await home.run(['models', 'delete', version, '--yes']);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`version ${version} is ${alias}`)),
    ]);
  }
  expect((await home.run(['models', 'delete', '1', '--json'])).exitCode).toBe(2); // nobody can be asked
  const deleted = (await home.run(['models', 'delete', '1', '--yes', '--json'])).document();
  expect(deleted).toEqual({ model: 'digits', version: 1, outcome: 'withdrawn', deletedAt: expect.any(String) });
  expect((await readVersion(home.store, 'digits', 1)).deletedAt).toBe(deleted['deletedAt']);
  const again = await home.run(['models', 'delete', '1']);
  expect([again.exitCode, again.stdout]).toEqual([0, expect.stringMatching(/was withdrawn before/)]);
  const promoted = await home.run(['models', 'promote', '1', '--reason', 'x']);
  expect([promoted.exitCode, promoted.stderr]).toEqual([1, expect.stringMatching(/version 1 was withdrawn at/)]);
  expect((await publishVersion(registry(), modelCandidate('four'))).version.version).toBe(4);
});

test('a roll-back to a version that was withdrawn is refused with its reason', async () => {
  await moveAlias(registry(), publishMove(1));
  await moveAlias(registry(), publishMove(2));
  await home.run(['models', 'delete', '1', '--yes']);
  const { exitCode, stderr } = await home.run(['models', 'rollback', '--reason', 'x']);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/version 1 was withdrawn/)]);
});

test.each([
  [['promote', '9', '--reason', 'x'], 1, /digits has no version 9/],
  [['promote', 'best', '--reason', 'x'], 2, /expected a version number/],
  [['promote', '1'], 2, /--reason/],
  [['promote', '1', '--reason', '  '], 2, /--reason: expected words/],
  [['promote', 'candidate', '--reason', 'x'], 1, /digits has no candidate/],
  [['rollback', '--reason', 'x'], 1, /digits has no champion/],
  [['rollback', '--reason', 'x', '--model', 'letters'], 1, /letters has no champion/],
  [['delete', '9'], 1, /digits has no version 9/],
  [['promot'], 2, /did you mean promote/],
])('models %j is refused', async (words, code, message) => {
  const { exitCode, stderr } = await home.run(['models', ...words]);
  expect([exitCode, stderr]).toEqual([code, expect.stringMatching(message)]);
});

test('a roll-back where there was never another champion says to name one', async () => {
  await moveAlias(registry(), publishMove(1));
  const { exitCode, stderr } = await home.run(['models', 'rollback', '--reason', 'x']);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/never had another champion than version 1/)]);
});

test('the inference worker of the stack is told at once, and what it says is passed on', async () => {
  const asked: string[] = [];
  let answer = { status: 200, body: '{}' };
  const worker = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => worker.listen(0, '127.0.0.1', resolve));
  const file = join(home.folder, 'endpoints.json');
  const endpoints = JSON.parse(readFileSync(file, 'utf8')) as object;
  const inference = `http://127.0.0.1:${(worker.address() as AddressInfo).port}`;
  writeFileSync(file, JSON.stringify({ ...endpoints, inference }));
  try {
    expect((await home.run(['models', 'promote', '1', '--reason', 'x'])).stdout).toMatch(/serves it now/);
    answer = { status: 400, body: JSON.stringify({ error: 'failed to load: its digest is wrong' }) };
    const refused = await home.run(['models', 'promote', '2', '--reason', 'x']);
    expect([refused.exitCode, refused.stdout]).toEqual([
      0,
      expect.stringMatching(/does not take it: .*digest is wrong/),
    ]);
    expect(asked).toEqual(Array.from({ length: 2 }, () => 'POST /v2/repository/models/digits/load'));
  } finally {
    await new Promise((resolve) => worker.close(resolve));
  }
  const away = await home.run(['models', 'promote', '3', '--reason', 'x', '--json']);
  expect(away.document()).toMatchObject({ champion: 3, worker: { state: 'away' } });
});

test('an archived move is still in the history', async () => {
  const key = keys.aliases('digits');
  await moveAlias(registry(), publishMove(1));
  const { moves } = await readAliases(home.store, 'digits');
  const many = Array.from({ length: 1_000 }, (_, index) => ({
    ...moves[0]!,
    moveId: index.toString(16).padStart(64, '0'),
    from: (index % 2) + 1,
    to: ((index + 1) % 2) + 1,
  }));
  const record = { schemaVersion: 1, kind: 'aliases', revision: 1_000, aliases: { champion: 1 }, moves: many };
  await home.store.put(key, Buffer.from(JSON.stringify(record)));
  await home.run(['models', 'promote', '3', '--reason', 'the newest']);
  expect((await readAliases(home.store, 'digits')).moves.length).toBeLessThan(1_000);
  const { document } = await home.run(['models', 'history', '--json']);
  const all = document()['moves'] as { to: number; reason: string }[];
  expect(all).toHaveLength(1_001);
  expect(all.at(-1)).toMatchObject({ to: 3, reason: 'the newest' });
});
