import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FAKE_CLASSES } from '../../../support/fake-serving.ts';
import { fakeHttpApp, fakeInputs, rawBytes, type HttpApp } from '../http-app.ts';

let http: HttpApp;
beforeEach(async () => {
  http = await fakeHttpApp();
});
afterEach(() => http.app.close());

const INFER = '/v2/models/digits/infer';
const flat = (...classes: number[]): number[] => Array.from(fakeInputs(...classes));
const jsonInput = (classes: number[]) => ({
  name: 'image',
  shape: [classes.length, 32, 32, 1],
  datatype: 'FP32',
  data: flat(...classes),
});
const rawInput = (count: number) => ({
  name: 'image',
  shape: [count, 32, 32, 1],
  datatype: 'FP32',
  parameters: { binary_data_size: count * 4096 },
});

const post = (payload: string | Buffer | object, headers: Record<string, string> = {}, url = INFER) =>
  http.app.inject({ method: 'POST', url, payload, headers });

/** JSON, then raw tensors, with the header that says where they part. */
function withRaw(request: object, raw: Buffer, headers: Record<string, string> = {}) {
  const json = Buffer.from(JSON.stringify(request));
  return post(Buffer.concat([json, raw]), { 'inference-header-content-length': String(json.length), ...headers });
}

function parted(response: Awaited<ReturnType<typeof post>>) {
  const length = Number(response.headers['inference-header-content-length']);
  const body = response.rawPayload;
  return {
    json: JSON.parse(body.subarray(0, length).toString()) as { outputs: Record<string, unknown>[] },
    raw: Buffer.from(body.subarray(length)),
  };
}

const floats = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));

function texts(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32LE(at);
    found.push(bytes.subarray(at + 4, end).toString());
    at = end;
  }
  return found;
}

/** What the fake answers for these classes. */
const expected = (...classes: number[]): number[] =>
  classes.flatMap((likeliest) => FAKE_CLASSES.map((_, index) => Math.fround(index === likeliest ? 0.9 : 0.01)));

describe('a request in JSON', () => {
  test('is answered in JSON, flat, with name and version of the model and its own id', async () => {
    const response = await post({ id: 'abc', inputs: [jsonInput([3, 7])] });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.json()).toEqual({
      model_name: 'digits',
      model_version: '1',
      id: 'abc',
      outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [2, 11], data: expected(3, 7) }],
    });
  });

  test('may nest its numbers by the shape', async () => {
    const values = flat(5);
    const image = Array.from({ length: 32 }, (_, y) => Array.from({ length: 32 }, (_, x) => [values[y * 32 + x]]));
    const response = await post({ inputs: [{ ...jsonInput([5]), data: [image] }] });
    expect(response.json().outputs[0].data).toEqual(expected(5));
    expect(http.pool.inferred[0]!.values).toEqual(fakeInputs(5));
  });

  test('gets raw tensors where parameters.binary_data_output asks for them', async () => {
    const response = await post({ parameters: { binary_data_output: true }, inputs: [jsonInput([4])] });
    expect(response.headers['content-type']).toBe('application/octet-stream');
    const { json, raw } = parted(response);
    expect(json.outputs[0]).toEqual({
      name: 'probabilities',
      datatype: 'FP32',
      shape: [1, 11],
      parameters: { binary_data_size: 44 },
    });
    expect(floats(raw)).toEqual(expected(4));
  });

  test('an output says for itself whether it is raw, whatever binary_data_output says', async () => {
    const outputs = (binary: boolean) => [{ name: 'probabilities', parameters: { binary_data: binary } }];
    const raw = await post({ inputs: [jsonInput([1])], outputs: outputs(true) });
    expect(floats(parted(raw).raw)).toEqual(expected(1));
    const plain = await post({
      parameters: { binary_data_output: true },
      inputs: [jsonInput([1])],
      outputs: outputs(false),
    });
    expect(plain.json().outputs[0].data).toEqual(expected(1));
  });

  test('may be sent with null for what was left out', async () => {
    const input = { ...jsonInput([2]), parameters: null };
    const response = await post({ id: null, parameters: null, outputs: null, inputs: [input] });
    expect(response.json().outputs[0].data).toEqual(expected(2));
  });
});

describe('a request with raw tensors', () => {
  test('needs no Content-Type, and takes any', async () => {
    const types: Record<string, string>[] = [
      {},
      { 'content-type': 'application/octet-stream' },
      { 'content-type': 'application/json' },
    ];
    for (const headers of types) {
      const response = await withRaw({ inputs: [rawInput(2)] }, rawBytes(fakeInputs(8, 9)), headers);
      expect(response.json().outputs[0].data).toEqual(expected(8, 9));
    }
  });

  test('of header length 0 is one raw tensor, and gets one back', async () => {
    const response = await post(rawBytes(fakeInputs(6)), { 'inference-header-content-length': '0' });
    const { json, raw } = parted(response);
    expect(json.outputs[0]).toMatchObject({ shape: [1, 11] });
    expect(floats(raw)).toEqual(expected(6));
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('may be packed by %s', async (encoding, pack) => {
    const json = Buffer.from(JSON.stringify({ inputs: [rawInput(1)] }));
    const response = await post(pack(Buffer.concat([json, rawBytes(fakeInputs(3))])), {
      'content-encoding': encoding,
      'inference-header-content-length': String(json.length),
    });
    expect(response.json().outputs[0].data).toEqual(expected(3));
  });

  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ])('a long answer is packed by %s where that is accepted', async (encoding, unpack) => {
    const request = { inputs: [jsonInput(Array.from({ length: 64 }, () => 1))] };
    const response = await post(request, { 'accept-encoding': encoding });
    expect(response.headers['content-encoding']).toBe(encoding);
    expect(JSON.parse(unpack(response.rawPayload).toString()).outputs[0].shape).toEqual([64, 11]);
    expect((await post(request)).headers['content-encoding']).toBeUndefined();
  });
});

describe('classification', () => {
  const classified = (parameters: object) => ({
    inputs: [jsonInput([7, 2])],
    outputs: [{ name: 'probabilities', parameters }],
  });

  test('is "<probability>:<index>:<label>", the likeliest first', async () => {
    const response = await post(classified({ classification: 2, binary_data: false }));
    expect(response.json().outputs).toEqual([
      {
        name: 'probabilities',
        datatype: 'BYTES',
        shape: [2, 2],
        data: ['0.900000:7:7', '0.010000:0:0', '0.900000:2:2', '0.010000:0:0'],
      },
    ]);
  });

  test('stands behind u32 lengths when it is raw', async () => {
    const { json, raw } = parted(await post(classified({ classification: 1, binary_data: true })));
    expect(json.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: [2, 1], parameters: { binary_data_size: 32 } });
    expect(raw.subarray(0, 4)).toEqual(Buffer.from([12, 0, 0, 0]));
    expect(texts(raw)).toEqual(['0.900000:7:7', '0.900000:2:2']);
  });

  test('never lists more classes than there are', async () => {
    const response = await post(classified({ classification: 1_000, binary_data: false }));
    expect(response.json().outputs[0].shape).toEqual([2, 11]);
    expect(response.json().outputs[0].data[10]).toBe('0.010000:10:none');
  });
});

describe('a version', () => {
  test('that is loaded answers by its number', async () => {
    http.manager.swap({ ...http.manager.current()!, version: 2 });
    const versioned = (version: string) => `/v2/models/digits/versions/${version}/infer`;
    expect((await post({ inputs: [jsonInput([1])] })).json().model_version).toBe('2');
    expect((await post({ inputs: [jsonInput([1])] }, {}, versioned('1'))).json().model_version).toBe('1');
    for (const version of ['3', '01', 'x', '-1']) {
      const response = await post({ inputs: [jsonInput([1])] }, {}, versioned(version));
      expect(response.statusCode).toBe(404);
      expect(response.json().error).toMatch(/expected a loaded version/);
    }
  });

  test('of another model is not found', async () => {
    const response = await post({ inputs: [jsonInput([1])] }, {}, '/v2/models/letters/infer');
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.json()).toEqual({ error: 'model: expected "digits", got "letters"' });
  });
});

describe('a bad request is told what was wrong', () => {
  const input = jsonInput([1]);
  test.each<[string, object, RegExp]>([
    ['no inputs', { inputs: [] }, /^inputs: /],
    [
      'a missing batch dimension',
      { inputs: [{ ...input, shape: [32, 32, 1] }] },
      /shape: expected \[batch, 32, 32, 1\]/,
    ],
    ['another size', { inputs: [{ ...input, shape: [1, 28, 28, 1] }] }, /shape: expected/],
    ['an empty batch', { inputs: [{ ...input, shape: [0, 32, 32, 1], data: [] }] }, /batch of 1 to 64, got 0/],
    ['a huge batch', { inputs: [{ ...input, shape: [1e9, 32, 32, 1] }] }, /batch of 1 to 64/],
    ['too few numbers', { inputs: [{ ...input, data: [1, 2] }] }, /expected 1024 numbers, got 2/],
    ['too many numbers', { inputs: [{ ...input, data: [...input.data, 1] }] }, /expected 1024 numbers, got more/],
    ['wrong nesting', { inputs: [{ ...input, data: [[input.data]] }] }, /lists of 32 at depth 2/],
    ['text as numbers', { inputs: [{ ...input, data: input.data.map(String) }] }, /expected numbers, got a string/],
    ['FP16 in JSON', { inputs: [{ ...input, datatype: 'FP16' }] }, /datatype: expected "FP32", got "FP16"/],
    ['another input', { inputs: [{ ...input, name: 'x' }] }, /inputs: expected "image" only, got "x"/],
    ['two inputs', { inputs: [input, input] }, /inputs: expected "image" once/],
    [
      'another output',
      { inputs: [input], outputs: [{ name: 'y' }] },
      /outputs: expected "probabilities" only, got "y"/,
    ],
    [
      'shared memory',
      { inputs: [input], outputs: [{ name: 'probabilities', parameters: { shared_memory_region: 'r' } }] },
      /no shared memory/,
    ],
    ['neither data nor raw bytes', { inputs: [{ ...input, data: undefined }] }, /either data or/],
    ['raw bytes that are not there', { inputs: [rawInput(1)] }, /expected 4096 bytes after the JSON .*, got 0/],
    ['a parameter of another type', { inputs: [input], parameters: { binary_data_output: 1 } }, /^parameters\.binary/],
  ])('%s', async (_name, request, message) => {
    const response = await post(request);
    expect(response.json().error).toMatch(message);
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/json');
    expect(http.pool.inferred).toHaveLength(0);
  });

  test.each(['1e999', '1e39', '-1e999'])('%s is not finite', async (literal) => {
    const body = JSON.stringify({ inputs: [input] }).replace('[0.0039', `[${literal},0.0039`);
    expect((await post(body)).json().error).toMatch(/finite|got more/);
    const first = JSON.stringify({ inputs: [jsonInput([0])] }).replace('"data":[0', `"data":[${literal}`);
    const response = await post(first);
    expect([response.statusCode, response.json().error]).toEqual([400, expect.stringMatching(/finite/)]);
  });

  test.each([NaN, Infinity, -Infinity])('a raw %s', async (value) => {
    const values = fakeInputs(1);
    values[500] = value;
    const response = await withRaw({ inputs: [rawInput(1)] }, rawBytes(values));
    expect([response.statusCode, response.json().error]).toEqual([400, expect.stringMatching(/finite/)]);
  });

  test.each(['NaN', '{"inputs":', '', '\u0000', '[]', '"x"', '12'])('the body %j', async (body) => {
    expect((await post(body)).statusCode).toBe(400);
  });

  test('bytes that are no UTF-8', async () => {
    const response = await post(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
    expect(response.json()).toEqual({ error: 'expected JSON in UTF-8, got something else' });
  });

  test.each(['-1', '1e3', '99999', '0x10', '1.0', ' 5 5', 'abc'])('the header length %j', async (length) => {
    const response = await post({ inputs: [input] }, { 'inference-header-content-length': length });
    expect(response.statusCode).toBe(400);
  });

  test('one raw tensor of another size', async () => {
    const response = await post(Buffer.alloc(4_000), { 'inference-header-content-length': '0' });
    expect(response.json()).toEqual({ error: 'expected 4096 bytes of raw float32, got 4000' });
  });

  test('a packed body that is none, and a packing that nobody knows', async () => {
    expect((await post('plain', { 'content-encoding': 'gzip' })).statusCode).toBe(400);
    expect((await post('plain', { 'content-encoding': 'br' })).statusCode).toBe(415);
  });
});

describe('limits', () => {
  test('a small body that unpacks to more than 2 MiB is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const response = await post(bomb, { 'content-encoding': 'gzip' });
    expect([response.statusCode, response.json()]).toEqual([
      413,
      { error: 'expected at most 2097152 bytes after decompression, got more' },
    ]);
  });

  test('a body above 2 MiB is refused', async () => {
    const response = await post(Buffer.alloc(2 * 1024 * 1024 + 1));
    expect([response.statusCode, response.json()]).toEqual([413, { error: 'expected a smaller body' }]);
  });

  test('beyond 16 a thread requests are refused at once, with Retry-After, and later answered again', async () => {
    const release: (() => void)[] = [];
    const infer = http.pool.infer.bind(http.pool);
    http.pool.infer = async (...request) => {
      await new Promise<void>((resolve) => release.push(resolve));
      return infer(...request);
    };
    const waiting = Array.from({ length: 32 }, () => post({ inputs: [jsonInput([1])] }));
    await expect.poll(() => release.length).toBe(32);
    const refused = await post({ inputs: [jsonInput([1])] });
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json().error).toMatch(/too many requests/);
    release.forEach((go) => go());
    for (const response of await Promise.all(waiting)) expect(response.statusCode).toBe(200);
    http.pool.infer = infer;
    expect((await post({ inputs: [jsonInput([1])] })).statusCode).toBe(200);
  });

  test('a timeout in microseconds ends the wait', async () => {
    let release = (): void => undefined;
    const infer = http.pool.infer.bind(http.pool);
    http.pool.infer = async (...request) => {
      await new Promise<void>((resolve) => (release = resolve));
      return infer(...request);
    };
    const response = await post({ parameters: { timeout: 2_000 }, inputs: [jsonInput([1])] });
    expect([response.statusCode, response.json()]).toEqual([503, { error: 'request timeout expired' }]);
    release();
    http.pool.infer = infer;
    const inTime = await post({ parameters: { timeout: 20_000_000 }, inputs: [jsonInput([1])] });
    expect(inTime.statusCode).toBe(200);
  });

  test('what goes wrong inside is logged, not told', async () => {
    http.pool.infer = () => Promise.reject(new TypeError('secret /root/path'));
    const response = await post({ inputs: [jsonInput([1])] });
    expect([response.statusCode, response.json()]).toEqual([500, { error: 'internal error' }]);
    expect(http.logged).toEqual([expect.objectContaining({ message: 'secret /root/path' })]);
  });

  test('requests are counted by outcome and reason', async () => {
    await post({ inputs: [jsonInput([1])] });
    await post({ inputs: [] });
    await post({ inputs: [jsonInput([1])] }, {}, '/v2/models/letters/infer');
    const text = await http.metrics.text();
    expect(text).toContain('digits_inference_requests_total{protocol="v2",outcome="ok",reason=""} 1');
    expect(text).toContain('digits_inference_requests_total{protocol="v2",outcome="rejected",reason="bad-request"} 1');
    expect(text).toContain(
      'digits_inference_requests_total{protocol="v2",outcome="rejected",reason="unknown-model"} 1',
    );
  });
});

describe('a sequence', () => {
  const frame = (digit: number, sequence: object) =>
    post({ parameters: { sequence_id: 42, ...sequence }, inputs: [jsonInput([digit])] });
  const likeliest = (response: Awaited<ReturnType<typeof post>>): number => {
    const data = response.json().outputs[0].data as number[];
    return data.indexOf(Math.max(...data));
  };

  test('is calm about one bad frame, and follows a real change', async () => {
    expect(likeliest(await frame(3, { sequence_start: true }))).toBe(3);
    for (const digit of [3, 3]) await frame(digit, {});
    expect(likeliest(await frame(8, {}))).toBe(3);
    for (const digit of [8, 8]) await frame(digit, {});
    expect(likeliest(await frame(8, {}))).toBe(8);
  });

  test('answers the mean of its last five frames', async () => {
    await frame(3, { sequence_start: true });
    const data = (await frame(8, { sequence_end: true })).json().outputs[0].data as number[];
    expect(data[3]).toBeCloseTo((0.9 + 0.01) / 2, 6);
    expect(data[8]).toBeCloseTo((0.9 + 0.01) / 2, 6);
  });

  test('starts with sequence_start, ends with sequence_end, and is apart from others', async () => {
    const early = await frame(1, {});
    expect([early.statusCode, early.json()]).toEqual([
      400,
      { error: 'sequence "42": expected sequence_start on its first frame' },
    ]);
    await frame(1, { sequence_start: true });
    await frame(1, { sequence_id: 'other', sequence_start: true });
    expect(likeliest(await frame(5, { sequence_id: 'other', sequence_start: true }))).toBe(5);
    await frame(1, { sequence_end: true });
    expect((await frame(1, {})).statusCode).toBe(400);
    expect((await frame(1, { sequence_id: 'other' })).statusCode).toBe(200);
  });

  test('is never a mixture of two models', async () => {
    await frame(3, { sequence_start: true });
    await frame(3, {});
    http.manager.swap({ ...http.manager.current()!, version: 2 });
    const data = (await frame(8, {})).json().outputs[0].data as number[];
    expect(data).toEqual(expected(8));
  });

  test('takes one image a request', async () => {
    const response = await post({ parameters: { sequence_id: 1, sequence_start: true }, inputs: [jsonInput([1, 2])] });
    expect([response.statusCode, response.json()]).toEqual([
      400,
      { error: 'a sequence: expected a batch of 1, got 2' },
    ]);
  });

  test('of id 0 or "" is none', async () => {
    for (const sequence_id of [0, '']) expect((await frame(1, { sequence_id })).statusCode).toBe(200);
  });
});
