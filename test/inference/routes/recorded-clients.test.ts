// The bytes that real clients sent (fixtures/README.md), sent again: no client has to be installed to see that each trap
// of their protocols still holds.

import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import path from 'node:path';
import { gunzipSync, inflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FAKE_CLASSES } from '../../support/fake-serving.ts';
import { fakeHttpApp, type HttpApp } from './http-app.ts';

let http: HttpApp;
let port: number;
beforeEach(async () => {
  http = await fakeHttpApp();
  port = Number(new URL(await http.app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterEach(() => http.app.close());

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Sends a recording on one connection, and reads one answer a request. */
async function replay(name: string): Promise<{ sent: string; answers: Answer[] }> {
  const bytes = await readFile(path.join(import.meta.dirname, 'fixtures', `${name}.http`));
  const sent = bytes.toString('latin1');
  const requests = sent.match(/(GET|POST) \/\S* HTTP\/1\.1\r\n/g)!.length;
  const answers = await new Promise<Answer[]>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const whole = answersOf(received);
      if (whole.length < requests) return;
      socket.destroy();
      resolve(whole);
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error(`expected ${requests} answers, got ${answersOf(received).length}`)));
    socket.write(bytes);
  });
  return { sent, answers };
}

/** Those that have arrived whole. */
function answersOf(bytes: Buffer): Answer[] {
  const answers: Answer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) return answers;
    const [first, ...lines] = bytes.toString('latin1', at, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    const from = end + 4;
    at = from + Number(headers['content-length'] ?? 0);
    if (at > bytes.length) return answers;
    answers.push({ status: Number(first!.split(' ')[1]), headers, body: bytes.subarray(from, at) });
  }
}

/** The fake's answers to what reached it, row by row. */
const expectedRows = (): number[][] =>
  http.pool.inferred.flatMap(({ values, count }) =>
    Array.from({ length: count }, (_, row) => {
      const likeliest = Math.round(values[row * 1_024]! * 255) % 10;
      return FAKE_CLASSES.map((_, index) => Math.fround(index === likeliest ? 0.9 : 0.01));
    }),
  );

function parted({ headers, body }: Answer): {
  json: { outputs: [{ shape: number[]; parameters?: object }] };
  raw: Buffer;
} {
  const length = Number(headers['inference-header-content-length']);
  return { json: JSON.parse(body.toString('utf8', 0, length)), raw: body.subarray(length) };
}

const floats = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
const json = ({ body }: Answer) => JSON.parse(body.toString());

describe('the sync Triton client', () => {
  test('sends no Content-Type and raw tensors, and wants raw tensors back', async () => {
    const { sent, answers } = await replay('triton_infer_binary');
    expect(sent).not.toMatch(/content-type/i);
    expect(sent).toContain('"binary_data_output":true');
    expect(answers).toHaveLength(1);
    const { json: head, raw } = parted(answers[0]!);
    expect(head).toMatchObject({ id: 'one', model_name: 'digits', model_version: '1' });
    expect(floats(raw)).toEqual(expectedRows().flat());
    expect(new Set(http.pool.inferred[0]!.values).size).toBeGreaterThan(200); // the noise arrived, not zeros
  });

  test('names an output that is raw by its own parameter', async () => {
    const { sent, answers } = await replay('triton_named_output');
    expect(sent).toContain('"outputs":[{"name":"probabilities","parameters":{"binary_data":true}}]');
    const { json: head, raw } = parted(answers[0]!);
    expect(head.outputs[0]).toMatchObject({ shape: [2, 11], parameters: { binary_data_size: 88 } });
    expect(floats(raw)).toEqual(expectedRows().flat());
  });

  test('sends and reads JSON without any header of its own', async () => {
    const { sent, answers } = await replay('triton_infer_json');
    expect(sent).not.toMatch(/inference-header/i);
    expect(answers[0]!.headers).not.toHaveProperty('inference-header-content-length');
    expect(json(answers[0]!).outputs[0].data).toEqual(expectedRows().flat());
  });

  test('asks for classes, and reads each text behind its length', async () => {
    const { sent, answers } = await replay('triton_classification_binary');
    expect(sent).toContain('"classification":2');
    const { json: head, raw } = parted(answers[0]!);
    expect(head.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: [2, 2] });
    const texts: string[] = [];
    for (let at = 0; at < raw.length; at += 4 + raw.readUInt32LE(at))
      texts.push(raw.toString('utf8', at + 4, at + 4 + raw.readUInt32LE(at)));
    const best = expectedRows().map((row) => row.indexOf(Math.max(...row)));
    expect([texts[0], texts[2]]).toEqual(best.map((index) => `0.900000:${index}:${index}`));
    expect(texts).toHaveLength(4);
  });

  test.each([
    ['triton_gzip', 'gzip', gunzipSync],
    ['triton_deflate', 'deflate', inflateSync],
  ])('%s: packs its body and takes a packed answer', async (name, encoding, unpack) => {
    const { sent, answers } = await replay(name);
    expect(sent).toMatch(new RegExp(`content-encoding: ${encoding}`, 'i'));
    expect(answers[0]!.headers['content-encoding']).toBe(encoding);
    expect(JSON.parse(unpack(answers[0]!.body).toString()).outputs[0].data).toEqual(expectedRows().flat());
  });

  test('opens a sequence, sends it on and closes it', async () => {
    const { sent, answers } = await replay('triton_sequence');
    expect(sent).toContain('"sequence_id":1007');
    expect(answers.map(({ status }) => status)).toEqual([400, 200, 200, 400]);
    const [first, second] = expectedRows();
    const mean = first!.map((value, index) => Math.fround((value + second![index]!) / 2));
    expect(floats(parted(answers[2]!).raw)).toEqual(mean);
  });

  test('gives a timeout in microseconds', async () => {
    const { sent, answers } = await replay('triton_timeout_and_priority');
    expect(sent).toContain('"timeout":10000000');
    expect(answers[0]!.status).toBe(200);
  });

  test('asks for health and for models', async () => {
    const { answers } = await replay('triton_health');
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 404]);
  });

  test('asks for the repository with an empty body, and to load and unload', async () => {
    const { answers } = await replay('triton_repository');
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 400]);
    expect(json(answers[0]!)).toEqual([{ name: 'digits', version: '1', state: 'READY', reason: '' }]);
  });
});

describe('the asyncio Triton client', () => {
  test('sends application/octet-stream, and reads an error', async () => {
    const { sent, answers } = await replay('triton_aio_errors');
    expect(sent).toMatch(/content-type: application\/octet-stream/i);
    expect([answers[0]!.status, json(answers[0]!)]).toEqual([
      404,
      { error: 'model: expected "digits", got "letters"' },
    ]);
  });
});

describe('the KServe client', () => {
  test('reads ready and live from JSON', async () => {
    const { answers } = await replay('kserve_v2_health');
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404]);
    expect(json(answers[0]!).live).toBe(true);
    expect(json(answers[1]!).ready).toBe(true);
  });

  test('sends raw tensors with a lower-case header, and needs model_name back', async () => {
    const { sent, answers } = await replay('kserve_v2_infer_binary');
    expect(sent).toContain('inference-header-content-length: ');
    const { json: head, raw } = parted(answers[0]!);
    expect(head).toMatchObject({ model_name: 'digits' });
    expect(floats(raw)).toEqual(expectedRows().flat());
  });

  test.each([
    ['kserve_v2_error', 400, /^shape: expected \[batch, 32, 32, 1\]/],
    ['kserve_v1_error', 404, /^Servable not found for request: Latest\(letters\)$/],
  ])('%s: reads an error only from exactly application/json', async (name, status, message) => {
    const { answers } = await replay(name);
    expect(answers[0]!.status).toBe(status);
    expect(answers[0]!.headers['content-type']).toBe('application/json');
    expect(json(answers[0]!).error).toMatch(message);
  });

  test('reads ready of V1 from JSON', async () => {
    const { answers } = await replay('kserve_v1_health');
    expect(json(answers.at(-1)!).ready).toBe(true);
  });
});
