// Requests that are nearly right: valid ones of every route, with bytes, JSON values, headers or paths changed.

import sharp from 'sharp';
import { gzipSync } from 'node:zlib';
import { encodePng } from '../../../ml/codecs/png.ts';
import type { Random } from '../../../ml/random.ts';
import { fakeInputs, rawBytes } from './http-app.ts';

export interface FuzzRequest {
  method: 'POST';
  url: string;
  headers: Record<string, string>;
  payload: Buffer;
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]!;

const INFER = '/v2/models/digits/infer';
const image = (count: number) => ({ name: 'image', shape: [count, 32, 32, 1], datatype: 'FP32' });
const pixels = Array.from(fakeInputs(3));
const nested = Array.from({ length: 32 }, (_, y) => pixels.slice(y * 32, y * 32 + 32));
const png = Buffer.from(encodePng({ pixels: new Uint8Array(30 * 30).fill(90), width: 30, height: 30 }));
const sequence = { sequence_id: 7, sequence_start: true, sequence_end: true };

interface JsonBase {
  url: string;
  json: Record<string, unknown>;
  raw?: Buffer;
}

const jsonBases: JsonBase[] = [
  { url: INFER, json: { id: 'a', inputs: [{ ...image(1), data: pixels }] } },
  { url: INFER, json: { inputs: [{ ...image(1), data: [nested.map((row) => row.map((value) => [value]))] }] } },
  {
    url: INFER,
    json: {
      parameters: { binary_data_output: true, timeout: 5_000_000, ...sequence },
      inputs: [{ ...image(1), parameters: { binary_data_size: 4_096 } }],
    },
    raw: rawBytes(fakeInputs(5)),
  },
  {
    url: '/v2/models/digits/versions/1/infer',
    json: {
      inputs: [{ ...image(2), parameters: { binary_data_size: 8_192 } }],
      outputs: [{ name: 'probabilities', parameters: { binary_data: true, classification: 3 } }],
    },
    raw: rawBytes(fakeInputs(5, 6)),
  },
  { url: '/v1/models/digits:predict', json: { signature_name: 'serving_default', instances: [nested] } },
  { url: '/v1/models/digits/labels/stable:predict', json: { inputs: { image: [nested] } } },
  { url: '/v1/models/digits:classify', json: { examples: [{ image: { b64: png.toString('base64') } }, nested] } },
  { url: '/v2/repository/index', json: { ready: true } },
  { url: '/v2/repository/models/digits/load', json: { parameters: {} } },
];

const WEIRD: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  2 ** 53,
  0.5,
  '',
  'NaN',
  '\u0000',
  '💥'.repeat(200),
  'constructor',
  [],
  {},
  [[]],
  [null],
  { __proto__: null, toString: 1 },
  Array.from({ length: 300 }, () => 0),
  JSON.parse('{"__proto__": {"data": 1}}'),
];

/** The value with one part of it, anywhere, replaced, removed, doubled or renamed. */
function changed(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && random.uniform() < 0.9) {
    const copy: unknown[] = value.slice();
    const at = random.integer(copy.length);
    switch (random.integer(8)) {
      case 0:
        copy.splice(at, 1);
        break;
      case 1:
        copy.splice(at, 0, copy[at]);
        break;
      default:
        copy[at] = changed(copy[at], random);
    }
    return copy;
  }
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && random.uniform() < 0.9) {
    const copy: Record<string, unknown> = { ...value };
    const key = pick(random, Object.keys(copy));
    switch (random.integer(8)) {
      case 0:
        delete copy[key];
        break;
      case 1:
        copy[pick(random, ['data', 'image', 'b64', 'inputs', 'instances', 'classification', '__proto__', ''])] =
          copy[key];
        break;
      default:
        copy[key] = changed(copy[key], random);
    }
    return copy;
  }
  return pick(random, WEIRD);
}

/** A body in JSON, perhaps with raw tensors behind it, whose values are changed. */
export function jsonCase(random: Random): FuzzRequest {
  const base = pick(random, jsonBases);
  let json: unknown = base.json;
  for (let times = random.integer(3); times > 0; times--) json = changed(json, random);
  const text = Buffer.from(JSON.stringify(json) ?? 'null');
  const headers: Record<string, string> = {};
  if (base.raw !== undefined) headers['inference-header-content-length'] = String(text.length);
  return withHeaders(
    { method: 'POST', url: base.url, headers, payload: Buffer.concat([text, base.raw ?? Buffer.alloc(0)]) },
    random,
  );
}

/** A valid request whose bytes are flipped, cut, doubled or filled. */
export function byteCase(random: Random): FuzzRequest {
  const base = pick(random, jsonBases);
  const text = Buffer.from(JSON.stringify(base.json));
  const headers: Record<string, string> = {};
  if (base.raw !== undefined) headers['inference-header-content-length'] = String(text.length);
  const payload = scrambled(Buffer.concat([text, base.raw ?? Buffer.alloc(0)]), random);
  return withHeaders({ method: 'POST', url: base.url, headers, payload }, random);
}

/** The only raw tensor of a body of its own, with any four bytes as a number. */
export function rawCase(random: Random): FuzzRequest {
  const payload = rawBytes(fakeInputs(random.integer(10)).slice());
  for (let times = random.integer(4); times > 0; times--)
    payload.writeUInt32LE(random.uint32(), random.integer(1_024) * 4);
  const cut = random.uniform() < 0.2 ? payload.subarray(0, random.integer(4_096)) : payload;
  return withHeaders(
    { method: 'POST', url: INFER, headers: { 'inference-header-content-length': '0' }, payload: cut },
    random,
  );
}

function scrambled(bytes: Buffer, random: Random): Buffer {
  let out = Buffer.from(bytes);
  for (let times = 1 + random.integer(6); times > 0; times--) {
    const at = random.integer(Math.max(1, out.length));
    switch (random.integer(6)) {
      case 0:
        out = out.subarray(0, at);
        break;
      case 1:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + random.integer(64)), out.subarray(at)]);
        break;
      case 2:
        out = Buffer.concat([
          out.subarray(0, at),
          Buffer.alloc(random.integer(64), random.integer(256)),
          out.subarray(at),
        ]);
        break;
      default:
        if (out.length > 0) out[at] = out[at]! ^ (1 << random.integer(8));
    }
  }
  return Buffer.from(out);
}

/** Mostly none; headers that decide how a body is read. */
function withHeaders(request: FuzzRequest, random: Random): FuzzRequest {
  if (random.uniform() < 0.7) return request;
  const headers = { ...request.headers };
  switch (random.integer(5)) {
    case 0:
      headers['inference-header-content-length'] = pick(random, [
        '0',
        '1',
        '20',
        '-5',
        '4096',
        '1e3',
        '',
        '99999999999',
        ' 7',
      ]);
      break;
    case 1:
      headers['content-encoding'] = pick(random, ['gzip', 'deflate', 'br', 'gzip, gzip', '\t', 'constructor']);
      break;
    case 2:
      headers['content-type'] = pick(random, [
        'application/json',
        'text/plain',
        'multipart/form-data',
        '; ;',
        'a/b; c=d',
      ]);
      break;
    case 3:
      headers['accept-encoding'] = pick(random, ['gzip', 'deflate;q=0', '*', 'gzip;q=1.0, deflate']);
      break;
    default:
      return {
        ...request,
        headers: { ...headers, 'content-encoding': 'gzip' },
        payload: gzipSync(request.payload, { level: 1 }),
      };
  }
  return { ...request, headers };
}

/** Pictures, whole and damaged, alone and in forms. */
export async function pictureCases(): Promise<(random: Random) => FuzzRequest> {
  const noise = sharp({
    create: {
      width: 64,
      height: 48,
      channels: 3,
      background: 'white',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
  const files = [
    png,
    await noise.clone().png({ palette: true }).toBuffer(),
    await noise.clone().jpeg({ quality: 40 }).toBuffer(),
    await noise.clone().jpeg({ quality: 40, progressive: true }).withMetadata({ orientation: 6 }).toBuffer(),
    await noise.clone().webp({ quality: 30 }).toBuffer(),
    await noise.clone().resize(16, 16).webp({ lossless: true }).toBuffer(),
  ];
  return (random) => {
    const file = random.uniform() < 0.1 ? pick(random, files) : scrambled(pick(random, files), random);
    const query = pick(random, ['', '', '?mode=whole', '?threshold=0.5', '?threshold=x', '?mode[]=1']);
    const url = `/v1/predict${query}`;
    if (random.uniform() < 0.8)
      return { method: 'POST', url, headers: { 'content-type': 'image/jpeg' }, payload: file };
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n';
    const form = Buffer.concat([Buffer.from(head), file, Buffer.from('\r\n--b--\r\n')]);
    const payload = random.uniform() < 0.5 ? form : scrambled(form, random);
    return { method: 'POST', url, headers: { 'content-type': 'multipart/form-data; boundary=b' }, payload };
  };
}

/** Paths of every route with segments swapped for others. */
export function pathCase(random: Random): { method: 'GET' | 'HEAD' | 'OPTIONS' | 'DELETE' | 'PUT'; url: string } {
  const segment = () =>
    pick(random, [
      'v2',
      'v1',
      'models',
      'digits',
      'versions',
      'labels',
      '1',
      'stable',
      'ready',
      'config',
      'stats',
      'metadata',
      'latest.json',
      'model.onnx',
      'golden.json',
      'digits:predict',
      '..',
      '%2e%2e',
      '%00',
      '%ff',
      '',
      '__proto__',
      'a'.repeat(300),
      '💥',
      '*',
      ':model',
    ]);
  const url = `/${Array.from({ length: random.integer(7) }, segment).join('/')}${pick(random, ['', '', '', '?x=1', '?%', '#a'])}`;
  return { method: pick(random, ['GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT']), url };
}
