import { afterEach, beforeEach, expect, test } from 'vitest';
import { utimes, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { putBlob } from '../../artifacts/blobs.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import { promote, publishVersion } from '../../artifacts/registry.ts';
import { modelCandidate } from '../support/model-candidate.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

let home: CliHome;
beforeEach(async () => {
  home = await openCliHome();
  const registry = { store: home.store, clock: systemClock };
  for (const text of ['content', 'golden content']) await putBlob(home.store, Buffer.from(JSON.stringify(text)));
  await publishVersion(registry, modelCandidate('content'));
  await promote(registry, { model: 'digits', alias: 'champion', to: 1, reason: 'x', author: 'y' });
});
afterEach(() => home.remove());

/** Makes everything in the store look as if it had been written two days ago. */
async function letTwoDaysPass(): Promise<void> {
  const store = join(home.folder, 'store');
  const then = new Date(Date.now() - 2 * 86_400_000);
  for (const entry of await readdir(store, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), then, then);
}

async function everyKey(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of home.store.list('')) found.push(key);
  return found;
}

test('a dry run lists exactly what a run deletes; what a version names stays', async () => {
  const before = await everyKey();
  for (let index = 0; index < 60; index++) await putBlob(home.store, Buffer.from(`garbage ${index}`));
  await letTwoDaysPass();
  const planned = (await home.run(['gc', '--dry-run', '--json'])).document();
  expect(planned).toMatchObject({
    dryRun: true,
    graceSeconds: 86_400,
    keepRuns: 20,
    temporal: 'unreachable',
    end: 'done',
  });
  expect(planned['garbage']).toMatchObject({ objects: 60 });
  const shown = (await home.run(['gc', '--dry-run'])).stdout;
  expect(shown).toMatch(/blobs +60 +\d/);
  expect(shown).toMatch(/and 20 more: --json lists them all/);
  expect(shown).toMatch(/60 objects, \d+ B would go, of 64 objects/);
  expect(await everyKey()).toHaveLength(before.length + 60);
  const done = await home.run(['gc', '--yes', '--json']);
  expect(done.exitCode).toBe(0);
  expect(done.document()['objects']).toEqual(planned['objects']);
  expect(await everyKey()).toEqual(before);
});

test('says what it deleted, and next time that there is nothing', async () => {
  await putBlob(home.store, Buffer.from('garbage'));
  await letTwoDaysPass();
  const { exitCode, stdout, stderr } = await home.run(['gc', '--yes']);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/1 objects, 7 B deleted, of 5 objects/)]);
  expect(stderr).toMatch(/every run without an outcome counts as open/);
  const again = await home.run(['gc']);
  expect([again.exitCode, again.stdout]).toEqual([0, expect.stringMatching(/Nothing to delete/)]);
});

test('leaves alone what is younger than the grace', async () => {
  const { ref } = await putBlob(home.store, Buffer.from('garbage'));
  await letTwoDaysPass();
  expect((await home.run(['gc', '--grace', '3d', '--yes'])).stdout).toMatch(/Nothing to delete/);
  expect(await home.store.head(ref.key)).toBeDefined();
});

test('deletes nothing where nobody can be asked, unless --yes says so', async () => {
  await putBlob(home.store, Buffer.from('garbage'));
  await letTwoDaysPass();
  const { exitCode, stderr } = await home.run(['gc', '--json']);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/Delete 1 objects \(7 B\) for good\?.*--yes/)]);
  expect((await everyKey()).filter((key) => key.startsWith(keys.blobs))).toHaveLength(3);
});

test('a grace of less than a day needs a Temporal that says that nothing runs', async () => {
  const { exitCode, stderr } = await home.run(['gc', '--grace', '0', '--yes']);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/Temporal does not answer\. Start it/)]);
});

test.each([
  [['--grace', 'soon'], /--grace: expected a duration such as 36h/],
  [['--grace', '1w'], /--grace/],
  [['--keep-runs', '-1'], /--keep-runs: expected a whole number/],
  [['--keep-runs', 'all'], /--keep-runs/],
])('gc %j is refused', async (words, message) => {
  const { exitCode, stderr } = await home.run(['gc', ...words]);
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
});
