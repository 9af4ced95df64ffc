// The WebSocket subprotocol as a client sees it: real sockets, a fake pool.

import { afterEach, expect, it } from 'vitest';
import { connect, createGate, grayFrame, startTestServer, until, type TestServer } from './serving.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

it('greets with session, credit and model, and answers a frame by its own sequence number and clock', async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  const hello = await client.next('hello');
  expect(hello).toMatchObject({ credit: 2, model: { name: 'digits', version: 1 }, threshold: 0.75 });
  expect(hello.session).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(hello.labels).toHaveLength(11);
  client.send(grayFrame(9, { digit: 7, captureMs: 1234.5 }));
  const result = await client.next('result');
  expect(result).toMatchObject({
    seq: 9,
    captureMs: 1234.5,
    decision: 'digit',
    digits: [{ id: 1, label: '7', probability: 0.9, box: { x: 1, y: 1, w: 2, h: 2 }, raw: { label: '7' } }],
    model: { version: 1 },
  });
  expect(client.socket.protocol).toBe('digits.v1');
});

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

it('reads a frame whose bytes are written down: the layout of the header never changes by accident', async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  // version 1, kind 3, no flags, seq 258, captureMs 1.5, 2×2 pixels of 5
  client.send(bytes('01 03 0000 02010000 000000000000f83f 0200 0200 05050505'));
  expect(await client.next('result')).toMatchObject({ seq: 258, captureMs: 1.5, digits: [{ label: '5' }] });
  expect(server.pool.frames[0]!.frame).toMatchObject({ kind: 'gray8', width: 2, height: 2 });
});

it('takes the first frame even when it comes in one packet with the handshake', async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  client.send(grayFrame(1)); // before hello was read
  expect(await client.next('result')).toMatchObject({ seq: 1 });
});

it('keeps the newest frame only and reports the older one', async () => {
  const gate = createGate();
  server = await startTestServer({ threads: 1, gate });
  const busy = await connect(server.url);
  const other = await connect(server.url);
  busy.send(grayFrame(1));
  await until(() => gate.held === 1);
  other.send(grayFrame(1));
  await until(() => gate.held === 2); // the one frame ahead
  const client = await connect(server.url);
  client.send(grayFrame(10));
  client.send(grayFrame(11));
  expect(await client.next('drop')).toEqual({ t: 'drop', seqs: [10] });
  gate.releaseAll();
  await until(() => gate.held === 1);
  gate.releaseAll();
  expect(await client.next('result')).toMatchObject({ seq: 11 });
  expect(server.desk.list().find(({ frames }) => frames.received === 2)!.frames).toEqual({
    received: 2,
    answered: 1,
    dropped: 1,
  });
});

it('drops at once what comes beyond the credit, and closes with 1008 after 100 of them', async () => {
  const gate = createGate();
  server = await startTestServer({ gate });
  const client = await connect(server.url);
  for (let seq = 0; seq < 102; seq++) client.send(grayFrame(seq));
  expect(await client.closed).toEqual({ code: 1008, reason: 'frames beyond the credit' });
  const dropped = client.of('drop').flatMap(({ seqs }) => seqs);
  expect(dropped).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
  expect(server.pool.frames).toHaveLength(1); // the second stood in the mailbox
});

it('gives every session its turn, however much another sends', async () => {
  const gate = createGate();
  server = await startTestServer({ threads: 1, gate });
  const greedy = await connect(server.url);
  const modest = await connect(server.url);
  for (let seq = 0; seq < 2; seq++) greedy.send(grayFrame(seq, { digit: 1 }));
  await until(() => gate.held === 1 && server!.desk.list()[0]!.frames.received === 2);
  modest.send(grayFrame(0, { digit: 2 }));
  await until(() => gate.held === 2);
  gate.release(); // greedy's first: its second goes behind modest's
  await greedy.next('result');
  greedy.send(grayFrame(3, { digit: 1 }));
  gate.release();
  expect(await modest.next('result')).toMatchObject({ seq: 0, digits: [{ label: '2' }] });
});

it('says `model` once, between the last answer of the old model and the first of the new one', async () => {
  const gate = createGate();
  server = await startTestServer({ gate });
  const client = await connect(server.url);
  client.send(grayFrame(1));
  await until(() => gate.held === 1);
  server.manager.swap({ ...server.manager.current()!, version: 2, digest: 'b'.repeat(64) });
  gate.release();
  await client.next('result');
  client.send(grayFrame(2));
  await until(() => gate.held === 1);
  gate.release();
  await client.next('result');
  const order = client.messages.slice(1).map((message) => [message.t, 'model' in message && message.model.version]);
  expect(order).toEqual([
    ['result', 1],
    ['model', 2],
    ['result', 2],
  ]);
});

it.each([
  ['a header without a picture', Buffer.alloc(20)],
  ['another version', Buffer.from([2, ...grayFrame(1).subarray(1)])],
  ['an unknown kind', Buffer.from([1, 2, ...grayFrame(1).subarray(2)])],
  ['flags', Buffer.from([1, 3, 1, 0, ...grayFrame(1).subarray(4)])],
  ['fewer pixels than its sides say', grayFrame(1).subarray(0, 30)],
  ['a gray frame wider than 320', grayFrame(1, { width: 321, height: 1 })],
  ['a clock that is no number', grayFrame(1, { captureMs: Number.NaN })],
  ['a JPEG that is none', Buffer.from([1, 1, ...grayFrame(1).subarray(2)])],
])('closes with 1003 on %s', async (_, frame) => {
  server = await startTestServer();
  const client = await connect(server.url);
  client.send(frame);
  expect((await client.closed).code).toBe(1003);
  expect(server.pool.frames).toHaveLength(0);
});

it('closes with 1009 on a message over 256 KiB', async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  client.send(Buffer.alloc(262_145, 1));
  expect((await client.closed).code).toBe(1009);
});

it('applies a threshold, and shows raw labels when smoothing is turned off', async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  client.send({ t: 'config', threshold: 0.95, smoothing: false });
  for (const [seq, digit] of [3, 3, 3, 8].entries()) {
    client.send(grayFrame(seq, { digit }));
    const { digits } = await client.next('result');
    expect(digits[0]!.label).toBe(String(digit));
  }
  expect(server.pool.frames[0]!.options).toMatchObject({ threshold: 0.95, crops: false });
  const before = server.pool.frames.length;
  client.send({ t: 'config', threshold: null });
  client.send(grayFrame(99));
  await client.next('result');
  expect(server.pool.frames[before]!.options?.threshold).toBeUndefined();
});

it('smooths by default: one odd frame changes nothing, and the id stays', async () => {
  server = await startTestServer();
  const client = await connect(server.url);
  const shown: string[] = [];
  for (const [seq, digit] of [3, 3, 3, 8, 3].entries()) {
    client.send(grayFrame(seq, { digit }));
    const { digits } = await client.next('result');
    shown.push(digits[0]!.label);
    expect(digits[0]).toMatchObject({ id: 1, raw: { label: String(digit) } });
  }
  expect(shown).toEqual(['3', '3', '3', '3', '3']);
});
