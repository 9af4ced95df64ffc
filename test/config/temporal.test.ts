import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveTemporal } from '../../config/connection.ts';
import { type Environment, homePaths } from '../../config/home.ts';
import { InvalidTemporalSettings, namedTemporal, temporalOptions, temporalVariables } from '../../config/temporal.ts';
import { neededComponents } from '../../setup/stack.ts';

const ADDRESS = 'ours.a1b2.tmprl.cloud:7233';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-temporal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const connectionOf = (environment: Environment) => resolveTemporal(environment, undefined, homePaths(folder));

describe('TLS', () => {
  test('is off for an address alone, and on by TEMPORAL_TLS, by https, by a certificate or by an API key', () => {
    expect(namedTemporal({ TEMPORAL_ADDRESS: ADDRESS })).toEqual({ address: ADDRESS });
    const more = [
      { TEMPORAL_TLS: 'true' },
      { TEMPORAL_TLS: '1' },
      { TEMPORAL_TLS_SERVER_NAME: 'x' },
      { TEMPORAL_API_KEY: 'k' },
    ];
    for (const variables of more) expect(namedTemporal({ TEMPORAL_ADDRESS: ADDRESS, ...variables })?.tls).toBeDefined();
    expect(namedTemporal({ TEMPORAL_ADDRESS: `https://${ADDRESS}/` })).toEqual({ address: ADDRESS, tls: {} });
  });

  test('is off where it is refused, even with a key', () => {
    const named = namedTemporal({ TEMPORAL_ADDRESS: ADDRESS, TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'false' });
    expect(named).toEqual({ address: ADDRESS, apiKey: 'k' });
  });

  test('empty variables count as unset', () => {
    expect(
      namedTemporal({ TEMPORAL_ADDRESS: ADDRESS, TEMPORAL_API_KEY: '', TEMPORAL_TLS_CLIENT_CERT_PATH: '' }),
    ).toEqual({ address: ADDRESS });
    expect(namedTemporal({ TEMPORAL_ADDRESS: '', TEMPORAL_TLS: 'true' })).toBeUndefined();
  });

  test('a certificate without its key is refused', () => {
    const half = { TEMPORAL_ADDRESS: ADDRESS, TEMPORAL_TLS_CLIENT_CERT_PATH: 'client.crt' };
    expect(() => namedTemporal(half)).toThrow(InvalidTemporalSettings);
  });

  test('files are named by absolute paths, because workers run elsewhere', () => {
    const named = namedTemporal({ TEMPORAL_ADDRESS: ADDRESS, TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'ca.pem' });
    expect(named?.tls?.authority).toEqual({ path: resolve('ca.pem') });
  });

  test('a file that is missing, or no PEM, is named when it is read', () => {
    const variables = { TEMPORAL_ADDRESS: ADDRESS, TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'none.pem') };
    expect(() => temporalOptions(connectionOf(variables))).toThrow(/none\.pem cannot be read \(ENOENT\)/);
    const other = write('other.pem', 'secret text');
    const options = () => temporalOptions(connectionOf({ ...variables, TEMPORAL_TLS_SERVER_CA_CERT_PATH: other }));
    expect(options).toThrow(/other\.pem to be PEM/);
    expect(options).not.toThrow(/secret text/);
  });
});

describe('profiles', () => {
  const TOML = `[profile.default]\naddress = "d:7233"\n[profile.work]\naddress = "w:7233"\nnamespace = "ours"\napi_key = "from-file"\n`;

  test('are read only where they are named: a file that lies about leads nobody away from his stack', () => {
    const folderOfTemporal = { HOME: folder, XDG_CONFIG_HOME: folder };
    expect(namedTemporal(folderOfTemporal)).toBeUndefined();
    const file = write('temporal.toml', TOML);
    expect(namedTemporal({ TEMPORAL_CONFIG_FILE: file })).toEqual({ address: 'd:7233' });
    expect(namedTemporal({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'work' })).toEqual({
      address: 'w:7233',
      namespace: 'ours',
      apiKey: 'from-file',
      tls: {},
    });
  });

  test('give way to variables, one by one', () => {
    const file = write('temporal.toml', TOML);
    const named = namedTemporal({
      TEMPORAL_CONFIG_FILE: file,
      TEMPORAL_PROFILE: 'work',
      TEMPORAL_NAMESPACE: 'theirs',
      TEMPORAL_API_KEY: 'newer',
    });
    expect(named).toMatchObject({ address: 'w:7233', namespace: 'theirs', apiKey: 'newer' });
  });

  test('count as an own Temporal: none is started', () => {
    const environment = { TEMPORAL_CONFIG_FILE: write('temporal.toml', TOML) };
    expect(neededComponents(environment, 'file')).toEqual([]);
    expect(neededComponents({ TEMPORAL_API_KEY: 'k' }, 'file')).toEqual(['temporal']);
  });

  test('that are missing, or no TOML, are named without their content', () => {
    const file = write('temporal.toml', TOML);
    const missing = () => namedTemporal({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'home' });
    expect(missing).toThrow(InvalidTemporalSettings);
    expect(missing).toThrow(/TEMPORAL_PROFILE=home/);
    const broken = write('broken.toml', 'api_key = very-secret');
    const read = () => namedTemporal({ TEMPORAL_CONFIG_FILE: broken });
    expect(read).toThrow(InvalidTemporalSettings);
    expect(read).not.toThrow(/very-secret/);
  });
});

test('a connection written as variables is read as the same connection', () => {
  const full = {
    TEMPORAL_ADDRESS: ADDRESS,
    TEMPORAL_NAMESPACE: 'ours.a1b2',
    TEMPORAL_UI_URL: 'https://cloud.example',
    TEMPORAL_API_KEY: 'key',
    TEMPORAL_TLS_SERVER_NAME: 'server',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/ca.pem',
    TEMPORAL_TLS_CLIENT_CERT_DATA: '-----BEGIN CERTIFICATE-----',
    TEMPORAL_TLS_CLIENT_KEY_DATA: '-----BEGIN PRIVATE KEY-----',
    TEMPORAL_GRPC_META_X_TEAM_NAME: 'readers',
  };
  const { TEMPORAL_API_KEY, TEMPORAL_ADDRESS } = full;
  for (const environment of [
    full,
    { TEMPORAL_ADDRESS },
    { TEMPORAL_ADDRESS, TEMPORAL_API_KEY, TEMPORAL_TLS: 'false' },
  ]) {
    const connection = connectionOf(environment);
    expect(connectionOf(temporalVariables(connection))).toEqual(connection);
  }
  expect(connectionOf(full).headers).toEqual({ 'x-team-name': 'readers' });
});

test('nothing of another Temporal reaches workers of a stack: see temporalVariables', () => {
  expect(Object.keys(temporalVariables({ address: 'a:1', namespace: 'n', uiUrl: undefined })).sort()).toEqual([
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
    'TEMPORAL_UI_URL',
  ]);
});
