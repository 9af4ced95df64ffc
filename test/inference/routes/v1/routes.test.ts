import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodePng } from '../../../../ml/codecs/png.ts';
import { FAKE_CLASSES, fakeModel } from '../../../support/fake-serving.ts';
import { fakeHttpApp, fakeInputs, type HttpApp } from '../http-app.ts';

let http: HttpApp;
beforeEach(async () => {
  http = await fakeHttpApp();
});
afterEach(() => http.app.close());

const get = (url: string) => http.app.inject({ method: 'GET', url });
const post = (url: string, payload: object | string) => http.app.inject({ method: 'POST', url, payload });
const PREDICT = '/v1/models/digits:predict';

/** [32, 32, 1], and [32, 32] of it. */
const deep = (digit: number): number[][][] => rows(digit).map((row) => row.map((value) => [value]));
const rows = (digit: number): number[][] => {
  const values = Array.from(fakeInputs(digit));
  return Array.from({ length: 32 }, (_, y) => values.slice(y * 32, y * 32 + 32));
};
const likeliest = (row: number[]): number => row.indexOf(Math.max(...row));

const png = encodePng({ pixels: new Uint8Array(48 * 48).fill(200), width: 48, height: 48 });
const b64 = Buffer.from(png).toString('base64');

describe('predict', () => {
  test('takes instances as tensors, and answers predictions', async () => {
    const response = await post(PREDICT, { instances: [deep(3), rows(8), { image: deep(5) }] });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json');
    const { predictions } = response.json();
    expect(predictions.map(likeliest)).toEqual([3, 8, 5]);
    expect(predictions[0]).toHaveLength(11);
    expect(http.pool.inferred).toHaveLength(1);
  });

  test('takes inputs as columns, and answers outputs', async () => {
    for (const inputs of [[deep(1), deep(2)], { image: [rows(1), rows(2)] }]) {
      const response = await post(PREDICT, { signature_name: 'serving_default', inputs });
      expect(response.json().outputs.map(likeliest)).toEqual([1, 2]);
    }
  });

  test('takes pictures, alone and among tensors, each as one whole digit', async () => {
    const response = await post(PREDICT, { instances: [{ b64 }, deep(4), { image: { b64 } }] });
    // The fake names the first byte of the file: 0x89.
    expect(response.json().predictions.map(likeliest)).toEqual([7, 4, 7]);
    expect(http.pool.frames).toHaveLength(2);
    for (const { frame, options } of http.pool.frames) {
      expect(options).toEqual({ mode: 'whole', version: 1 });
      expect(frame).toMatchObject({ kind: 'picture' });
      expect(Buffer.from(frame.bytes)).toEqual(Buffer.from(png));
    }
  });

  test('answers by version and by label', async () => {
    http.manager.swap(fakeModel(2));
    http.manager.labels = () => ({ stable: 2, previous: 1 });
    const versions: (number | undefined)[] = [];
    const infer = http.pool.infer.bind(http.pool);
    http.pool.infer = (values, count, version) => {
      versions.push(version);
      return infer(values, count, version);
    };
    for (const path of ['', '/versions/1', '/labels/stable', '/labels/previous'])
      expect((await post(`/v1/models/digits${path}:predict`, { instances: [deep(1)] })).statusCode).toBe(200);
    expect(versions).toEqual([2, 1, 2, 1]);
  });

  test.each<[string, object, RegExp]>([
    ['both keys', { instances: [rows(1)], inputs: [rows(1)] }, /either instances or inputs/],
    ['neither key', {}, /either instances or inputs/],
    ['no instance', { instances: [] }, /^instances: /],
    ['another signature', { signature_name: 'train', instances: [rows(1)] }, /^signature_name: /],
    ['a flat tensor', { instances: [Array.from(fakeInputs(1))] }, /expected a tensor \[32, 32, 1\] or \[32, 32\]/],
    [
      'a small tensor',
      {
        instances: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      },
      /lists of 32 at depth 1, got one of 2/,
    ],
    ['a number', { instances: [5] }, /^instances\.0: expected a tensor/],
    ['text', { instances: ['http://127.0.0.1/x.png'] }, /^instances\.0: expected a tensor/],
    ['an address', { instances: [{ url: 'http://127.0.0.1/x.png' }] }, /^instances\.0: expected a tensor/],
    ['too many', { instances: Array.from({ length: 65 }, () => rows(1)) }, /^instances: /],
    ['too many pictures', { instances: Array.from({ length: 17 }, () => ({ b64 })) }, /at most 16 pictures/],
  ])('%s is told what was wrong', async (_name, request, message) => {
    const response = await post(PREDICT, request);
    expect(response.json().error).toMatch(message);
    expect(response.statusCode).toBe(400);
    expect(http.pool.inferred).toHaveLength(0);
    expect(http.pool.frames).toHaveLength(0);
  });

  test('bytes that are no picture are refused before a thread sees them', async () => {
    const response = await post(PREDICT, { instances: [{ b64: Buffer.from('GIF89a…').toString('base64') }] });
    expect([response.statusCode, response.json()]).toEqual([
      415,
      { error: 'expected a picture in PNG, JPEG or WebP, got other bytes' },
    ]);
  });
});

describe('classify', () => {
  test('ranks labels for each example', async () => {
    const response = await post('/v1/models/digits:classify', { examples: [{ image: { b64 } }, { image: rows(2) }] });
    const { results } = response.json();
    expect(results).toHaveLength(2);
    expect(results[0][0]).toEqual(['7', 0.9]);
    expect(results[1][0][0]).toBe('2');
    expect(results[1].map(([label]: [string]) => label).toSorted()).toEqual(FAKE_CLASSES.toSorted());
  });
});

describe('what is not there', () => {
  test.each([
    ['/v1/models/letters:predict', 'Latest(letters)'],
    ['/v1/models/digits/versions/9:predict', 'Specific(digits, 9)'],
    ['/v1/models/digits/labels/canary:predict', 'Specific(digits, canary)'],
    ['/v1/models/digits/labels/constructor:predict', 'Specific(digits, constructor)'],
    ['/v1/models/digits/versions/9:classify', 'Specific(digits, 9)'],
  ])('POST %s', async (url, request) => {
    const response = await post(url, { instances: [rows(1)] });
    expect([response.statusCode, response.json()]).toEqual([
      404,
      { error: `Servable not found for request: ${request}` },
    ]);
  });

  test.each([
    ['/v1/models/letters', 'Latest(letters)'],
    ['/v1/models/digits/versions/9', 'Specific(digits, 9)'],
    ['/v1/models/digits/labels/canary', 'Specific(digits, canary)'],
    ['/v1/models/digits/versions/9/metadata', 'Specific(digits, 9)'],
    ['/v1/models/%3Cscript%3E', 'Latest(?)'],
  ])('GET %s', async (url, request) => {
    const response = await get(url);
    expect([response.statusCode, response.json()]).toEqual([
      404,
      { error: `Servable not found for request: ${request}` },
    ]);
  });

  test('another verb', async () => {
    expect((await post('/v1/models/digits:regress', {})).statusCode).toBe(404);
    expect((await post('/v1/models/digits:explain', {})).json()).toEqual({ error: expect.any(String) });
  });
});

describe('status and metadata', () => {
  test('every version has a state, with KServe’s ready beside it', async () => {
    http.manager.states = () => [
      { name: 'digits', version: 1, state: 'READY', reason: '' },
      { name: 'digits', version: 2, state: 'LOADING', reason: '' },
      { name: 'digits', version: 3, state: 'UNAVAILABLE', reason: 'GoldenMismatch' },
    ];
    const ok = { error_code: 'OK', error_message: '' };
    expect((await get('/v1/models/digits')).json()).toEqual({
      model_version_status: [
        { version: '1', state: 'AVAILABLE', status: ok },
        { version: '2', state: 'LOADING', status: ok },
        { version: '3', state: 'END', status: { error_code: 'FAILED_PRECONDITION', error_message: 'GoldenMismatch' } },
      ],
      name: 'digits',
      ready: true,
    });
    const one = (await get('/v1/models/digits/versions/2')).json();
    expect(one.model_version_status).toEqual([{ version: '2', state: 'LOADING', status: ok }]);
    expect(one.ready).toBe(false);
    expect((await get('/v1/models/digits/labels/stable')).json().model_version_status[0].version).toBe('1');
    http.setReady(false);
    expect((await get('/v1/models/digits')).json().ready).toBe(false);
  });

  test('the signature names input and output', async () => {
    const { model_spec: spec, metadata } = (await get('/v1/models/digits/metadata')).json();
    expect(spec).toEqual({ name: 'digits', signature_name: '', version: '1' });
    const signature = metadata.signature_def.signature_def.serving_default;
    expect(signature.method_name).toBe('tensorflow/serving/predict');
    const sizes = ({ tensor_shape: { dim } }: { tensor_shape: { dim: { size: string }[] } }) =>
      dim.map(({ size }) => size);
    expect(sizes(signature.inputs.image)).toEqual(['-1', '32', '32', '1']);
    expect(sizes(signature.outputs.probabilities)).toEqual(['-1', '11']);
  });

  test('models are listed', async () => {
    expect((await get('/v1/models')).json()).toEqual({ models: ['digits'] });
  });
});
