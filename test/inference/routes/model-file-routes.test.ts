import { createHash, createPublicKey, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonicalBytes } from '../../../artifacts/canonical.ts';
import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import type { ModelVersion } from '../../../artifacts/manifests.ts';
import { encodeModelVersion } from '../../../artifacts/manifests.ts';
import { keys } from '../../../artifacts/keys.ts';
import type { Store } from '../../../artifacts/store.ts';
import { fakeManager, fakeModel, fakePool } from '../../support/fake-serving.ts';
import { publishRandomModel } from '../published-model.ts';
import { openHttpApp, type HttpApp } from './http-app.ts';

let http: HttpApp;
let store: Store;
let version: ModelVersion;
beforeEach(async () => {
  store = createMemoryStore();
  ({ version } = await publishRandomModel(store));
  const manager = fakeManager(fakeModel(1, { record: version, digest: version.digest }));
  http = await openHttpApp({ manager, pool: fakePool(manager), store });
});
afterEach(() => http.app.close());

const get = (url: string, headers: Record<string, string> = {}) => http.app.inject({ method: 'GET', url, headers });
const onnxFile = ({ files } = version) => files.find(({ path }) => path.endsWith('.onnx'))!;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('latest.json', () => {
  test('names the version that answers, and where its files are', async () => {
    const response = await get('/models/digits/latest.json');
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
    });
    const latest = response.json();
    expect(latest).toMatchObject({
      name: 'digits',
      version: 1,
      digest: version.digest,
      labels: version.classes,
      imageSize: 32,
      threshold: 0.5,
      preprocessing: 'digit',
    });
    for (const { url, sha256: digest, sizeBytes } of [...latest.files, latest.golden]) {
      const file = await get(new URL(url, 'http://localhost/models/digits/latest.json').pathname);
      expect(file.statusCode).toBe(200);
      expect(file.rawPayload).toHaveLength(sizeBytes);
      expect(sha256(file.rawPayload)).toBe(digest);
    }
  });

  test('carries what a page needs to check the signature', async () => {
    const { statement, signature } = (await get('/models/digits/latest.json')).json();
    const key = createPublicKey({ key: Buffer.from(signature.publicKey, 'base64'), format: 'der', type: 'spki' });
    expect(verify(null, canonicalBytes(statement), key, Buffer.from(signature.signature, 'base64'))).toBe(true);
    expect(statement.files).toEqual(Object.fromEntries(version.files.map(({ path, sha256 }) => [path, sha256])));
  });

  test('is sent again only after a swap', async () => {
    const { etag } = (await get('/models/digits/latest.json')).headers;
    const same = await get('/models/digits/latest.json', { 'if-none-match': `W/"x", ${String(etag)}` });
    expect([same.statusCode, same.rawPayload.length]).toEqual([304, 0]);
    http.manager.swap(fakeModel(2, { record: { ...version, version: 2 } }));
    const other = await get('/models/digits/latest.json', { 'if-none-match': String(etag) });
    expect([other.statusCode, other.json().version]).toEqual([200, 2]);
  });
});

describe('a file of a version', () => {
  test('is immutable, open to every origin, and cached by its digest', async () => {
    const response = await get('/models/digits/1/model.onnx', { origin: 'https://elsewhere.example' });
    expect(response.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect(response.headers['cache-control']).toMatch(/immutable/);
    expect(sha256(response.rawPayload)).toBe(onnxFile().sha256);
    const again = await get('/models/digits/1/model.onnx', { 'if-none-match': String(response.headers.etag) });
    expect(again.statusCode).toBe(304);
  });

  test('is found by its path in the record, too', async () => {
    expect((await get(`/models/digits/1/${onnxFile().path}`)).statusCode).toBe(200);
  });

  test('metadata.json says labels and image size', async () => {
    expect((await get('/models/digits/1/metadata.json')).json()).toEqual({
      labels: version.classes,
      imageSize: 32,
      modelName: 'digits',
      timeStamp: version.createdAt,
      modelVersion: 1,
    });
  });

  test('of a version that is published but not loaded is served', async () => {
    const second = await publishRandomModel(store, { seed: 2, run: 'run-2' });
    expect(second.version.version).toBe(2);
    const response = await get('/models/digits/2/model.onnx');
    expect(sha256(response.rawPayload)).toBe(onnxFile(second.version).sha256);
  });

  test('of a withdrawn version is gone', async () => {
    const withdrawn = { ...version, deletedAt: version.createdAt };
    await store.put(keys.version('digits', 1), encodeModelVersion(withdrawn));
    const response = await get('/models/digits/1/model.onnx');
    expect([response.statusCode, response.json()]).toEqual([410, { error: 'version 1 was withdrawn' }]);
  });

  test('never leaves damaged', async () => {
    const { key } = onnxFile();
    const bytes = (await store.get(key))!.bytes.slice();
    bytes[500] = bytes[500]! ^ 4;
    await store.put(key, bytes);
    const response = await get('/models/digits/1/model.onnx');
    expect([response.statusCode, response.json()]).toEqual([500, { error: 'internal error' }]);
  });

  test.each([
    '/models/digits/1/other.bin',
    '/models/digits/1/../../../etc/passwd',
    '/models/digits/1/..%2f..%2faliases.json',
    '/models/digits/2/model.onnx',
    '/models/digits/01/model.onnx',
    '/models/digits/latest/model.onnx',
    '/models/letters/1/model.onnx',
    '/models/letters/latest.json',
  ])('%s is not there', async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  });
});
