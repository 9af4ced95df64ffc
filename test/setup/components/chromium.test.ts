import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeComponents, prepareComponents, type PreparedComponent } from '../../../setup/components/index.mjs';
import { machine } from './support/fake-server.ts';
import { writeProgram } from './support/files.ts';

/** A checkout without packages, so without playwright, on a machine that has these programs. */
async function prepare(programs: Record<string, string>, named?: string): Promise<PreparedComponent> {
  const { environment, folder } = await machine();
  const root = join(folder, 'checkout');
  await mkdir(root, { recursive: true });
  for (const [name, line] of Object.entries(programs)) await writeProgram(join(folder, 'bin', name), [line]);
  const asked = named === undefined ? environment : { ...environment, DIGITFLOW_CHROMIUM: join(folder, 'bin', named) };
  return (await prepareComponents(['chromium'], { environment: asked, root })).chromium;
}

test('Chromium is taken from where the variable says, before any on PATH', async () => {
  const found = await prepare({ chromium: 'echo Chromium 150.0.1', mine: 'echo Chromium 140.0.2' }, 'mine');
  expect(found).toMatchObject({ way: 'environment', version: '140.0.2' });
});

test('Chromium is taken from PATH by any of its names, past what only looks like it', async () => {
  const programs = {
    chromium: 'echo "Command not found, install it" >&2; exit 1',
    'chromium-browser': 'echo Chromium 90.0.1',
    'google-chrome': 'echo Google Chrome 155.0.7000.2',
  };
  const found = await prepare(programs);
  expect(found).toMatchObject({ way: 'path', version: '155.0.7000.2' });
  expect(found.executable).toMatch(/google-chrome$/);
});

test.runIf(process.getuid?.() === 0)(
  'Chromium is installed by apt-get, after fetching the list where needed',
  async () => {
    const aptGet = [
      'here=${0%/*}',
      'case "$1" in update) : > "$here/list";;',
      '*) test -e "$here/list" || { echo "E: Unable to locate package chromium" >&2; exit 100; }',
      `printf '#!/bin/sh\\necho Chromium 150.0.3\\n' > "$here/chromium"; /bin/chmod +x "$here/chromium";; esac`,
    ].join('\n');
    expect(await prepare({ 'apt-get': aptGet })).toMatchObject({ way: 'apt-get', version: '150.0.3' });
  },
);

test('where there is no Chromium, each way is told, and what to do', async () => {
  const asked = prepare({ chromium: 'echo Chromium 90.0.1' });
  await expect(asked).rejects.toThrow(/is 90\.0\.1: expected 111 or newer/);
  await expect(asked).rejects.toThrow(/playwright-core is not installed/);
  await expect(asked).rejects.toThrow(/To fix it: install Chromium or Chrome .*DIGITFLOW_CHROMIUM/);
});

test('a machine that runs the stack is not complained about for want of Chromium', async () => {
  const { environment } = await machine();
  expect((await describeComponents({ environment })).map(({ name }) => name)).not.toContain('chromium');
});
