import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNpmOptions } from '../../../activities/sources/builtin/npm-options.ts';

let home: string;
let folder: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'digitflow-home-'));
  folder = await mkdtemp(join(tmpdir(), 'digitflow-project-'));
});
afterEach(() => Promise.all([rm(home, { recursive: true }), rm(folder, { recursive: true })]));

describe('npm options', () => {
  it('come from environment, project and user, the nearer the stronger', async () => {
    await writeFile(
      join(home, '.npmrc'),
      'registry=http://user.test\nhttps-proxy = http://proxy.test:1\nstrict-ssl=false\n',
    );
    await writeFile(join(folder, '.npmrc'), '; a comment\nregistry = "http://project.test/npm"\nignore-scripts=true\n');
    expect(readNpmOptions({ env: {}, home, folder })).toEqual({
      registry: 'http://project.test/npm/',
      httpsProxy: 'http://proxy.test:1',
      strictSSL: false,
    });
    const env = { npm_config_registry: 'http://env.test/', NPM_CONFIG_NOPROXY: 'localhost', npm_config_empty: '' };
    expect(readNpmOptions({ env, home, folder })).toMatchObject({ registry: 'http://env.test/', noProxy: 'localhost' });
  });

  it('keep what a scope or a private registry needs, with variables filled in', async () => {
    await writeFile(join(home, 'other'), '@fontsource:registry=http://fonts.test\n//fonts.test/:_authToken=${WORD}\n');
    const env = { npm_config_userconfig: join(home, 'other'), WORD: 'open sesame' };
    expect(readNpmOptions({ env, home, folder })).toEqual({
      '@fontsource:registry': 'http://fonts.test',
      '//fonts.test/:_authToken': 'open sesame',
    });
  });

  it('read certificates from a file', async () => {
    const certificate = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----';
    await writeFile(join(home, 'ca.pem'), `${certificate}\n${certificate}\n`);
    await writeFile(join(home, '.npmrc'), `cafile=${join(home, 'ca.pem')}\n`);
    expect(readNpmOptions({ env: {}, home, folder })).toEqual({ ca: [certificate, certificate] });
  });

  it('are none where nothing is configured', () => {
    expect(readNpmOptions({ env: {}, home, folder })).toEqual({});
  });
});
