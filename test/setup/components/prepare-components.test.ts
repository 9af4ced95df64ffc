import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeComponents, prepareComponents, type SetupEvent } from '../../../setup/components/index.mjs';
import { downloadable, fakeServer, machine, NO_DOWNLOAD, PLATFORM } from './support/fake-server.ts';
import { serve, sha256, writeProgram } from './support/files.ts';

describe('a component', () => {
  test('that a variable names is taken, before all others', async () => {
    const { environment, folder } = await machine();
    const named = await writeProgram(join(folder, 'mine'), ['echo server 1.5']);
    await writeProgram(join(folder, 'bin', 'server'), ['echo server 2.0']);
    const prepared = await prepareComponents(['server' as never], {
      environment: { ...environment, DIGITFLOW_SERVER: named },
      components: [fakeServer()],
    });
    expect(prepared).toEqual({ server: { way: 'environment', version: '1.5', executable: named } });
  });

  test('that a variable names and that fails is an error, whatever else there is', async () => {
    const { environment, folder } = await machine();
    await writeProgram(join(folder, 'bin', 'server'), ['echo server 2.0']);
    const named = { ...environment, DIGITFLOW_SERVER: join(folder, 'nothing') };
    const asked = prepareComponents(['server' as never], { environment: named, components: [fakeServer()] });
    await expect(asked).rejects.toThrow(/DIGITFLOW_SERVER=.*nothing can't be used: expected an executable file/);
    await expect(asked).rejects.toMatchObject({ name: 'NamedComponentFailed' });
  });

  test('is taken from PATH when version and probe are good', async () => {
    const { environment, folder } = await machine();
    const executable = await writeProgram(join(folder, 'bin', 'server'), ['echo server 2.0']);
    const prepared = await prepareComponents(['server' as never], { environment, components: [fakeServer()] });
    expect(prepared).toEqual({ server: { way: 'path', version: '2.0', executable } });
  });

  test('of a wrong version on PATH is skipped, with the reason', async () => {
    const { environment, folder } = await machine();
    await writeProgram(join(folder, 'bin', 'server'), ['echo server 0.9']);
    const [described] = await describeComponents({ environment, components: [fakeServer()] });
    expect(described).toMatchObject({ name: 'server', found: false });
    expect(described?.tried.map(({ way }) => way)).toEqual(['environment', 'path', 'cache']);
    expect(described?.tried[1]?.reason).toContain('server is 0.9: expected 1.0 or newer');
  });

  test('that can be had in no way is an error that lists each way and one command', async () => {
    const { environment, folder } = await machine();
    await writeProgram(join(folder, 'bin', 'server'), ['exit 3']);
    // A Go that fails as one without network does.
    const go = [
      'case $1 in version) echo go version go1.26.0 linux/amd64;; *) echo "dial tcp: no such host" >&2; exit 1;; esac',
    ];
    await writeProgram(join(folder, 'bin', 'go'), go);
    const events: SetupEvent[] = [];
    const asked = prepareComponents(['server' as never], {
      environment,
      components: [fakeServer()],
      report: (event) => void events.push(event),
    });
    const error = await asked.catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ name: 'ComponentUnavailable' });
    const { message } = error as Error;
    expect(message).toMatch(/^Fake server can't be had on this machine \(.+\)\. Ways tried:$/m);
    expect(message).toMatch(/^ {2}environment +DIGITFLOW_SERVER is not set$/m);
    expect(message).toMatch(/^ {2}path +.*server ended with status 3$/m);
    expect(message).toMatch(/^ {2}cache +nothing at /m);
    expect(message).toMatch(/^ {2}download +no download is pinned for /m);
    expect(message).toMatch(/^ {2}go build +.*go ended with status 1$/m);
    expect(message).toMatch(/^ +dial tcp: no such host$/m);
    expect(message).toMatch(/^To fix it: npm start /m);
    expect(message).toMatch(/^To do without it: npm start -- --store file$/m);
    expect(events.at(-1)).toMatchObject({ state: 'failed' });
    expect(await readdir(join(folder, 'cache', 'workshops'))).toEqual([]);
  });

  test('is downloaded once, tried, and then found in the cache by every set-up', async () => {
    const { environment, folder } = await machine();
    const { pin, requests } = await downloadable('echo server 1.0');
    const prepare = (): Promise<unknown> =>
      prepareComponents(['server' as never], { environment, components: [fakeServer({ pin })] });
    const executable = expect.stringContaining(join(folder, 'cache', 'server')) as string;
    expect(await prepare()).toEqual({ server: { way: 'download', version: '1.0', executable } });
    expect(await prepare()).toEqual({ server: { way: 'cache', version: '1.0', executable } });
    expect(requests()).toBe(1);
    expect(await readdir(join(folder, 'cache', 'workshops'))).toEqual([]);
  });

  test('that two set-ups make at once is made once', async () => {
    const { environment } = await machine();
    const { pin, requests } = await downloadable('echo server 1.0');
    const prepare = (): Promise<Record<string, { way: string }>> =>
      prepareComponents(['server' as never], { environment, components: [fakeServer({ pin })] });
    const all = await Promise.all([prepare(), prepare(), prepare()]);
    expect(all.filter(({ server }) => server?.way === 'download')).toHaveLength(1);
    expect(requests()).toBe(1);
  });

  test('that was damaged in the cache is made again', async () => {
    const { environment, folder } = await machine();
    const { pin, requests } = await downloadable('echo server 1.0');
    const prepare = (): Promise<Record<string, { way: string; executable?: string }>> =>
      prepareComponents(['server' as never], { environment, components: [fakeServer({ pin })] });
    const { executable = '' } = (await prepare())['server'] ?? {};
    await writeFile(executable, '');
    expect((await prepare())['server']?.way).toBe('download');
    expect(await readFile(executable, 'utf8')).toContain('echo server 1.0');
    expect(requests()).toBe(2);
    expect(await readdir(join(folder, 'cache', 'server'))).toHaveLength(1);
  });

  test('of another digest, or one that does not run, never reaches the cache', async () => {
    const { environment, folder } = await machine();
    const wrong = await downloadable('echo server 1.0', { sha256: sha256('another') });
    const dead = await downloadable('exit 7');
    for (const { pin } of [wrong, dead]) {
      const asked = prepareComponents(['server' as never], { environment, components: [fakeServer({ pin })] });
      await expect(asked).rejects.toThrow(/download +(.*expected sha256|.*ended with status 7)/);
      expect(await readdir(join(folder, 'cache'))).not.toContain('server');
    }
  });

  test('whose cache folder cannot be written is an error that names another folder', async () => {
    const { environment, folder } = await machine();
    await writeFile(join(folder, 'file'), '');
    const asked = prepareComponents(['server' as never], {
      environment: { ...environment, DIGITFLOW_CACHE: join(folder, 'file', 'cache') },
      components: [fakeServer()],
    });
    await expect(asked).rejects.toThrow(/cache +.*ENOTDIR/);
  });

  test('that is being made when the set-up is interrupted leaves nothing', async () => {
    const { environment, folder } = await machine();
    const interrupted = new AbortController();
    const url = await serve((_, response) => {
      response.writeHead(200).write('the first bytes');
      interrupted.abort(new Error('interrupted'));
    });
    const pin = { ...NO_DOWNLOAD, downloads: { [PLATFORM]: { url, member: 'server', sha256: sha256('') } } };
    const asked = prepareComponents(['server' as never], {
      environment,
      components: [fakeServer({ pin })],
      signal: interrupted.signal,
    });
    await expect(asked).rejects.toThrow('interrupted');
    expect(await readdir(join(folder, 'cache', 'workshops'))).toEqual([]);
    expect(await readdir(join(folder, 'cache', 'locks'))).toEqual([]);
  });
});

describe('what was tried out once', () => {
  const counted = async () => {
    const { environment, folder } = await machine();
    const starts = join(folder, 'starts');
    const write = (version: string): Promise<string> =>
      writeProgram(join(folder, 'bin', 'server'), [`echo x >> ${starts}`, `echo server ${version}`]);
    const prepare = (options = {}): Promise<object> =>
      prepareComponents(['server' as never], { environment, components: [fakeServer()], ...options });
    const startsSoFar = async (): Promise<number> => (await readFile(starts, 'utf8')).length / 2;
    await write('1.0');
    return { environment, folder, write, prepare, startsSoFar };
  };

  test('is not tried again while it stays as it is, unless somebody asks for that', async () => {
    const { environment, prepare, startsSoFar } = await counted();
    const first = await prepare();
    const tried = await startsSoFar();
    expect(await prepare()).toEqual(first);
    expect(await startsSoFar()).toBe(tried);
    await prepare({ triesAnew: true });
    const again = await startsSoFar();
    expect(again).toBeGreaterThan(tried);
    await describeComponents({ environment, components: [fakeServer()] });
    expect(await startsSoFar()).toBeGreaterThan(again);
  });

  test('is tried again when its file is another one, or when it was a failure', async () => {
    const { write, prepare } = await counted();
    expect(await prepare()).toMatchObject({ server: { version: '1.0' } });
    await write('2.0');
    expect(await prepare()).toMatchObject({ server: { version: '2.0' } });
    await write('0.9');
    await expect(prepare()).rejects.toMatchObject({ name: 'ComponentUnavailable' });
    await write('2.1');
    expect(await prepare()).toMatchObject({ server: { version: '2.1' } });
  });

  test('is tried again where it would load other libraries', async () => {
    const { environment, prepare, startsSoFar } = await counted();
    await prepare();
    const tried = await startsSoFar();
    await prepare({ environment: { ...environment, LD_LIBRARY_PATH: '/elsewhere' } });
    expect(await startsSoFar()).toBeGreaterThan(tried);
  });
});

test('what a killed set-up left in the workshops is removed by the next', async () => {
  const { environment, folder } = await machine();
  const left = join(folder, 'cache', 'workshops', `${hostname()}-999999999-abcdef`);
  await mkdir(left, { recursive: true });
  const { pin } = await downloadable('echo server 1.0');
  await prepareComponents(['server' as never], { environment, components: [fakeServer({ pin })] });
  expect(await readdir(join(folder, 'cache', 'workshops'))).toEqual([]);
});

test('several components that fail are all reported', async () => {
  const { environment } = await machine();
  const other = { ...fakeServer(), name: 'other', title: 'Other server' };
  const asked = prepareComponents(['server', 'other'] as never[], { environment, components: [fakeServer(), other] });
  await expect(asked).rejects.toMatchObject({ name: 'ComponentsUnavailable' });
  await expect(asked).rejects.toThrow(/Fake server can't be had[^]*Other server can't be had/);
});

test('one that may be missing is left out of the result, its reason is reported, and the others are there', async () => {
  const { environment } = await machine();
  const { pin } = await downloadable('echo server 1.0');
  const key = () => ({ component: 'other', version: '1.0', platform: PLATFORM }); // or the first one's entry would do
  const other = { ...fakeServer(), key, name: 'other', title: 'Other server' };
  const failed: string[] = [];
  const prepared = await prepareComponents(['server', 'other'] as never[], {
    environment,
    components: [fakeServer({ pin }), other],
    optional: ['other'] as never[],
    report: ({ name, state }) => state === 'failed' && failed.push(name),
  });
  expect([Object.keys(prepared), failed]).toEqual([['server'], ['other']]);
});

test('one that may be missing is not looked for when its variable says none, and has to be there when it says where', async () => {
  const { environment } = await machine();
  const prepare = (value: string): Promise<object> =>
    prepareComponents(['server'] as never[], {
      environment: { ...environment, [fakeServer().variable]: value },
      components: [fakeServer()],
      optional: ['server'] as never[],
      report: ({ state }) => reported.push(state),
    });
  const reported: string[] = [];
  expect(await prepare('none')).toEqual({});
  expect(reported).toEqual([]);
  await expect(prepare('/nowhere')).rejects.toMatchObject({ name: 'NamedComponentFailed' });
});

test('an unknown component is refused by name', async () => {
  await expect(prepareComponents(['postgres' as never])).rejects.toThrow(
    'expected one of temporal, minio, tfjs-node, chromium, versitygw, got "postgres"',
  );
});
