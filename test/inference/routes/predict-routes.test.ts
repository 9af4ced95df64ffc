import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import sharp from 'sharp';
import { encodePng } from '../../../ml/codecs/png.ts';
import { UnreadableImage } from '../../../inference/unreadable-image.ts';
import { fakeHttpApp, type HttpApp } from './http-app.ts';

let http: HttpApp;
beforeEach(async () => {
  http = await fakeHttpApp();
});
afterEach(() => http.app.close());

const png = Buffer.from(encodePng({ pixels: new Uint8Array(60 * 40).fill(200), width: 60, height: 40 }));
const post = (payload: Buffer | string, headers: Record<string, string> = {}, query = '') =>
  http.app.inject({ method: 'POST', url: `/v1/predict${query}`, payload, headers });

/** A form as a browser sends it. */
function form(parts: { name: string; file?: string; content: Buffer | string }[]): [Buffer, Record<string, string>] {
  const boundary = 'digitflow-test-boundary';
  const pieces = parts.flatMap(({ name, file, content }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}\r\n` +
        `${file === undefined ? '' : 'Content-Type: image/png\r\n'}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return [
    Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    { 'content-type': `multipart/form-data; boundary=${boundary}` },
  ];
}

describe('a picture', () => {
  test('is answered with its digits, boxes, decision, model and times', async () => {
    const response = await post(png, { 'content-type': 'image/png' });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      decision: 'digit',
      digits: [
        {
          label: '7',
          probability: 0.9,
          probabilities: expect.any(Array),
          decision: 'digit',
          box: { x: 80, y: 60, w: 160, h: 120 },
        },
      ],
      labels: http.manager.current()!.classes,
      size: { width: 320, height: 240 },
      model: { name: 'digits', version: 1, digest: http.manager.current()!.digest },
      ms: { queue: 0, decode: 0, locate: 1, infer: 0.1, total: 1.1 },
    });
    expect(http.pool.frames[0]!.options).toEqual({ mode: 'find' });
  });

  test.each(['image/jpeg', 'text/html', 'application/octet-stream', undefined])(
    'is what its bytes are, with the content type %s',
    async (type) => {
      const response = await post(png, type === undefined ? {} : { 'content-type': type });
      expect(response.statusCode).toBe(200);
    },
  );

  test.each(['jpeg', 'webp', 'png'] as const)('may be %s', async (format) => {
    const bytes = await sharp(png).toFormat(format).toBuffer();
    expect((await post(bytes)).statusCode).toBe(200);
    expect(Buffer.from(http.pool.frames[0]!.frame.bytes)).toEqual(bytes);
  });

  test('comes in a form, too', async () => {
    const response = await post(
      ...form([
        { name: 'note', content: 'hello' },
        { name: 'file', file: 'x.png', content: png },
      ]),
    );
    expect(response.statusCode).toBe(200);
    expect(Buffer.from(http.pool.frames[0]!.frame.bytes)).toEqual(png);
  });

  test('can be read as one digit, with a threshold of the caller’s', async () => {
    await post(png, {}, '?mode=whole&threshold=0.75');
    expect(http.pool.frames[0]!.options).toEqual({ mode: 'whole', threshold: 0.75 });
  });
});

describe('what is refused', () => {
  test.each([
    '?threshold=2',
    '?threshold=-1',
    '?threshold=NaN',
    '?threshold=',
    '?mode=both',
    '?threshold=1&threshold=0',
  ])('the query %s', async (query) => {
    const response = await post(png, {}, query);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toMatch(/^(threshold|mode): /);
  });

  test.each<[string, Buffer, number]>([
    ['nothing', Buffer.alloc(0), 400],
    ['text', Buffer.from('hello'), 415],
    ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00'), 415],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 415],
    ['a PNG without its header', png.subarray(0, 20), 400],
  ])('%s', async (_name, bytes, status) => {
    const response = await post(bytes, { 'content-type': 'image/png' });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toEqual({ error: expect.any(String) });
    expect(http.pool.frames).toHaveLength(0);
  });

  test('too many pixels, before any is unpacked', async () => {
    const huge = Buffer.from(png);
    huge.writeUInt32BE(20_000, 16);
    huge.writeUInt32BE(20_000, 20);
    const response = await post(huge);
    expect([response.statusCode, response.json()]).toEqual([
      413,
      { error: 'expected at most 52000000 pixels, got 20000×20000' },
    ]);
    expect(http.pool.frames).toHaveLength(0);
  });

  test('too many bytes, alone and in a form', async () => {
    const large = Buffer.alloc(16 * 1024 * 1024 + 1);
    png.copy(large);
    expect((await post(large)).statusCode).toBe(413);
    expect((await post(...form([{ name: 'file', file: 'x.png', content: large }]))).statusCode).toBe(413);
  });

  test('forms without a file, and broken ones', async () => {
    expect((await post(...form([{ name: 'note', content: 'hello' }]))).statusCode).toBe(400);
    const [body, headers] = form([{ name: 'file', file: 'x.png', content: png }]);
    expect((await post(body.subarray(0, 100), headers)).statusCode).toBe(400);
    expect((await post(body, { 'content-type': 'multipart/form-data' })).statusCode).toBe(400);
  });

  test('a picture that a thread can’t read, without saying more', async () => {
    http.pool.readFrame = () => Promise.reject(new UnreadableImage('vips: secret detail'));
    const response = await post(png);
    expect([response.statusCode, response.json()]).toEqual([400, { error: 'expected a picture that can be read' }]);
  });
});
