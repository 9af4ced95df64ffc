import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvalidStoreSettings, MissingCredentials, NoStack, resolveConnections } from '../../config/connection.ts';
import { InvalidHomeFile, readCredentials } from '../../config/endpoints.ts';
import { checkoutFolder, homeFolder, homePaths } from '../../config/home.ts';

let home: string;
const write = (name: string, value: unknown) => writeFileSync(join(home, name), JSON.stringify(value));
const resolve = (environment: Record<string, string> = {}) =>
  resolveConnections({ DIGITFLOW_HOME: home, ...environment });

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'digitflow-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const endpoints = { temporal: '127.0.0.1:7233', temporalUi: 'http://127.0.0.1:8233/', store: 'http://127.0.0.1:9000' };
const credentials = { accessKey: 'access', secretKey: 'a-long-secret' };

describe('the home folder', () => {
  test('is .digitflow in the checkout unless DIGITFLOW_HOME names another', () => {
    expect(homeFolder({})).toBe(join(checkoutFolder, '.digitflow'));
    expect(homeFolder({ DIGITFLOW_HOME: '' })).toBe(join(checkoutFolder, '.digitflow'));
    expect(homeFolder({ DIGITFLOW_HOME: '/elsewhere/home/' })).toBe('/elsewhere/home');
    expect(homeFolder({ DIGITFLOW_HOME: 'other' })).toBe(join(checkoutFolder, 'other'));
  });
});

describe('connections', () => {
  test('come from the files of the home', () => {
    write('endpoints.json', { ...endpoints, bucket: 'mine', later: 'a field of a newer supervisor' });
    write('credentials.json', credentials);
    const { temporal, store } = resolve();
    expect(temporal).toEqual({ address: '127.0.0.1:7233', namespace: 'default', uiUrl: 'http://127.0.0.1:8233' });
    expect(store).toEqual({
      kind: 's3',
      endpoint: 'http://127.0.0.1:9000',
      bucket: 'mine',
      region: 'us-east-1',
      ...credentials,
    });
  });

  test('a scheme before the address of Temporal is left out', () => {
    write('endpoints.json', { ...endpoints, temporal: 'http://127.0.0.1:7233/' });
    write('credentials.json', credentials);
    expect(resolve().temporal.address).toBe('127.0.0.1:7233');
  });

  test('the environment wins, and then the home’s namespace, UI and region do not apply', () => {
    write('endpoints.json', { ...endpoints, namespace: 'local', region: 'here' });
    const { temporal, store } = resolve({
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      S3_ENDPOINT: 'https://s3.example',
      AWS_ACCESS_KEY_ID: 'aws-access',
      AWS_SECRET_ACCESS_KEY: 'aws-secret-key',
    });
    expect(temporal).toEqual({ address: 'temporal.example:7233', namespace: 'default', uiUrl: undefined });
    expect(store).toMatchObject({ endpoint: 'https://s3.example', region: 'us-east-1', accessKey: 'aws-access' });
  });

  test('of somebody else’s servers keep their TLS in the home, and their keys in the environment', () => {
    const temporalTls = { authority: { path: '/ca.pem' } };
    const told = { store: 'https://s3.example', storeCaFile: '/s3-ca.pem', storeAddressing: 'host' };
    write('endpoints.json', { ...endpoints, ...told, temporalTls });
    write('credentials.json', credentials);
    const { temporal, store } = resolve({ TEMPORAL_API_KEY: 'key' });
    expect(temporal).toMatchObject({ tls: temporalTls, apiKey: 'key' });
    expect(store).toMatchObject({ caFile: '/s3-ca.pem', addressing: 'host' });
  });

  test('a key for another Temporal is not sent to a server of the stack', () => {
    write('endpoints.json', endpoints);
    write('credentials.json', credentials);
    expect(resolve({ TEMPORAL_API_KEY: 'key', TEMPORAL_TLS: 'true' }).temporal).toEqual({
      address: '127.0.0.1:7233',
      namespace: 'default',
      uiUrl: 'http://127.0.0.1:8233',
    });
  });

  test('how an S3 is spoken to is checked', () => {
    const own = { TEMPORAL_ADDRESS: 'a:1', S3_ACCESS_KEY: 'access', S3_SECRET_KEY: 'a-long-secret' };
    const refused: [Record<string, string>, RegExp][] = [
      [{ S3_ENDPOINT: 'https://s3.example', S3_ADDRESSING: 'virtual' }, /S3_ADDRESSING: expected path or host/],
      [{ S3_ENDPOINT: 'https://10.0.0.1', S3_ADDRESSING: 'host' }, /expected a host with a name/],
      [{ S3_ENDPOINT: 'http://s3.example', S3_CA_FILE: 'ca.pem' }, /expected an https endpoint/],
    ];
    for (const [variables, message] of refused) {
      expect(() => resolve({ ...own, ...variables })).toThrow(InvalidStoreSettings);
      expect(() => resolve({ ...own, ...variables })).toThrow(message);
    }
  });

  test('AWS keys that a shell happens to export are not used for the stack’s own store', () => {
    write('endpoints.json', endpoints);
    write('credentials.json', credentials);
    expect(resolve({ AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other-secret' }).store).toMatchObject(
      credentials,
    );
  });

  test('a file URL is a store in a folder and needs no keys', () => {
    write('endpoints.json', { ...endpoints, store: 'file:///data/digit%20flow' });
    expect(resolve().store).toEqual({ kind: 'file', folder: '/data/digit flow' });
  });

  test('without a stack the error names both commands that start one', () => {
    expect(() => resolve()).toThrow(NoStack);
    expect(() => resolve()).toThrow(/npm start.*npx digitflow up/s);
  });

  test('an endpoint without keys says where keys are looked for', () => {
    write('endpoints.json', endpoints);
    expect(() => resolve()).toThrow(MissingCredentials);
    expect(() => resolve()).toThrow(/S3_ACCESS_KEY.*credentials\.json/s);
  });
});

describe('files of the home', () => {
  test('a file that is not JSON is named, and its content is not shown', () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'credentials.json'), '{"accessKey": very-secret');
    const read = () => readCredentials(homePaths(home).credentials);
    expect(read).toThrow(InvalidHomeFile);
    expect(read).not.toThrow(/very-secret/);
  });

  test('a field of the wrong kind is named', () => {
    write('endpoints.json', { temporal: 7233, store: 'not a url' });
    expect(() => resolve()).toThrow(/temporal: .*; store: /);
  });
});
