import { describe, expect, it } from 'vitest';
import { createCredit } from '../../web/session/credit.ts';
import { createLineSpeed } from '../../web/session/line-speed.ts';
import type { Feed } from '../../web/session/frame-result.ts';
import { reconnectDelayMs } from '../../web/session/reconnect.ts';
import { createServerSide } from '../../web/session/server-side.ts';
import { tokenSubprotocol } from '../../web/session/token.ts';
import { whoReads } from '../../web/session/where.ts';
import { createWindow } from '../../web/session/window.ts';
import { encodeFrame, parseMessage, type WirePicture } from '../../web/session/wire.ts';

describe('frames and messages', () => {
  it('writes frames as the protocol has them', () => {
    const bytes = Uint8Array.of(7, 8, 9, 10, 11, 12);
    const message = encodeFrame({ kind: 'gray8', bytes, width: 3, height: 2, seq: 4_294_967_295, captureMs: 1234.567 });
    const header = new DataView(message.buffer);
    expect([header.getUint8(0), header.getUint8(1), header.getUint16(2, true)]).toEqual([1, 3, 0]);
    expect([header.getUint32(4, true), header.getFloat64(8, true)]).toEqual([4_294_967_295, 1234.567]);
    expect([header.getUint16(16, true), header.getUint16(18, true)]).toEqual([3, 2]);
    expect([...message.subarray(20)]).toEqual([...bytes]);
  });

  it('takes no text for a message that is none', () => {
    for (const text of ['', 'null', '7', '{"seq":1}', '{"t":7}', '{']) expect(parseMessage(text)).toBeUndefined();
    expect(parseMessage('{"t":"drop","seqs":[1]}')).toEqual({ t: 'drop', seqs: [1] });
  });

  it('writes a token so that it may stand in a list of subprotocols', () => {
    expect(tokenSubprotocol('a+/=ü?')).toMatch(/^token\.[\w-]+$/);
    expect(Buffer.from(tokenSubprotocol('a+/=ü?').slice(6), 'base64url').toString()).toBe('a+/=ü?');
  });
});

describe('the credit', () => {
  it('lets no more frames go than were allowed, and one more for each answer', () => {
    const credit = createCredit(2);
    credit.open(1, { sentMs: 10, sizeBytes: 5 });
    credit.open(2, { sentMs: 20, sizeBytes: 5 });
    expect(credit.mayOpen()).toBe(false);
    expect(credit.close(1)).toEqual({ sentMs: 10, sizeBytes: 5 });
    expect(credit.close(1)).toBeUndefined();
    expect(credit.mayOpen()).toBe(true);
  });

  it('says for how long the oldest frame has been waiting', () => {
    const credit = createCredit(2);
    expect(credit.waitingMs(500)).toBe(0);
    credit.open(1, { sentMs: 100, sizeBytes: 5 });
    credit.open(2, { sentMs: 200, sizeBytes: 5 });
    expect(credit.waitingMs(500)).toBe(400);
    credit.close(1);
    expect(credit.waitingMs(500)).toBe(300);
  });

  it('owes nothing any more on a new connection', () => {
    const credit = createCredit(1);
    credit.open(1, { sentMs: 0, sizeBytes: 5 });
    credit.reset(0);
    expect([credit.mayOpen(), credit.waitingMs(900)]).toEqual([false, 0]);
    credit.reset(1);
    expect(credit.mayOpen()).toBe(true);
  });
});

describe('the speed of the line', () => {
  const gray = 76_820;
  const answer = (line: ReturnType<typeof createLineSpeed>, lineMs: number, nowMs: number, sizeBytes = gray): void =>
    line.answered({ sizeBytes, lineMs, nowMs });

  it('sends gray frames where they pass quickly', () => {
    const line = createLineSpeed();
    for (let i = 0; i < 20; i++) answer(line, 12, i * 33);
    expect(line.format(700)).toBe('gray8');
  });

  it('sends JPEG frames where gray ones take too long, and tries again, later each time', () => {
    const line = createLineSpeed();
    for (let i = 0; i < 4; i++) answer(line, 120, 1_000); // 640 kB/s
    expect(line.format(1_001)).toBe('jpeg');
    expect(line.format(6_001)).toBe('gray8');
    for (let i = 0; i < 4; i++) answer(line, 120, 6_100);
    expect(line.format(11_200)).toBe('jpeg');
    expect(line.format(16_200)).toBe('gray8');
  });

  it('tells a distant worker from a slow line by what small frames take', () => {
    const line = createLineSpeed();
    for (let i = 0; i < 9; i++) answer(line, 150, 0, 9_000); // latency alone
    for (let i = 0; i < 9; i++) answer(line, 170, 100);
    expect(line.format(200)).toBe('gray8');
    for (let i = 0; i < 9; i++) answer(line, 290, 300);
    expect(line.format(400)).toBe('jpeg');
  });

  it('does not take one late answer for a slow line', () => {
    const line = createLineSpeed();
    for (let i = 0; i < 9; i++) answer(line, i % 4 === 0 ? 400 : 10, i * 33);
    expect(line.format(400)).toBe('gray8');
  });

  it('notices a socket that keeps its bytes, but not a moment after sending', () => {
    const line = createLineSpeed();
    line.stillHolds({ drainedBytes: 0, inMs: 5, nowMs: 5 });
    expect(line.format(6)).toBe('gray8');
    line.stillHolds({ drainedBytes: 20_000, inMs: 100, nowMs: 100 });
    expect(line.format(101)).toBe('jpeg');
  });
});

describe('the worker as reader', () => {
  it('is not sent a frame that is no longer wanted when it is made, and may take the next', async () => {
    let framesSent = 0;
    const connection = { sendFrame: () => (framesSent++, true), bufferedBytes: () => 0 };
    const side = createServerSide({ connection, now: () => 0 });
    side.reset(2);
    const picture: WirePicture = { kind: 'gray8', bytes: new Uint8Array(4), width: 2, height: 2 };
    const feed = { captureMs: () => 0, server: async () => picture } as unknown as Feed;
    let isWanted = true;
    const sending = side.send(feed, () => isWanted);
    expect(side.mayTake()).toBe(false);
    isWanted = false; // its tab is hidden while the frame is made
    expect([await sending, framesSent]).toEqual([false, 0]);
    expect(side.mayTake()).toBe(true);
    expect([await side.send(feed, () => true), framesSent]).toEqual([true, 1]);
  });
});

describe('coming back', () => {
  it('waits longer each time, up to eight seconds, and never the same for all', () => {
    const waits = Array.from({ length: 12 }, (_, attempt) => reconnectDelayMs({ attempt, random: 0.999 }));
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect([waits[0], waits.at(-1)]).toEqual([250, 7_996]);
    expect(reconnectDelayMs({ attempt: 3, random: 0 })).toBeLessThan(
      reconnectDelayMs({ attempt: 3, random: 0.9 }) * 0.6,
    );
  });

  it('waits as long as the worker asked for, and longer when it is full', () => {
    expect(reconnectDelayMs({ attempt: 0, retryAfterMs: 4_000, random: 0.999 })).toBeGreaterThan(3_900);
    expect(reconnectDelayMs({ attempt: 0, isFull: true, random: 0 })).toBe(1_500);
  });
});

describe('who reads', () => {
  const at = { choice: 'server', isConnected: true, isEnded: false, waitingMs: 0, isLocalReady: true } as const;
  it.each([
    ['the worker, as long as it answers', at, 'server'],
    ['this page, when the worker is gone', { ...at, isConnected: false }, 'browser'],
    ['this page, when the worker is silent', { ...at, waitingMs: 900 }, 'browser'],
    ['the silent worker, when nobody else can', { ...at, waitingMs: 900, isLocalReady: false }, 'server'],
    ['nobody, when there is nobody', { ...at, isConnected: false, isLocalReady: false }, 'nobody'],
    ['nobody, when the session was ended', { ...at, isConnected: false, isEnded: true }, 'nobody'],
    ['this page, when it was chosen', { ...at, choice: 'browser' }, 'browser'],
    ['the worker, until the chosen page is ready', { ...at, choice: 'browser', isLocalReady: false }, 'server'],
  ] as const)('%s', (_, circumstances, reader) => {
    expect(whoReads(circumstances)).toBe(reader);
  });
});

describe('figures of the last seconds', () => {
  it('counts a second’s worth, also right after the start', () => {
    const window = createWindow(3_000);
    for (let i = 0; i < 10; i++) window.add(i * 50);
    expect(window.perSecond(500)).toBe(10);
    for (let i = 10; i < 120; i++) window.add(i * 50);
    expect(window.perSecond(5_950)).toBeCloseTo(20, 0);
    expect(window.perSecond(60_000)).toBe(0);
  });

  it('knows the median and the slowest', () => {
    const window = createWindow(1_000);
    expect(window.quantile(0.5, 0)).toBeUndefined();
    for (let i = 1; i <= 100; i++) window.add(i, i);
    expect([window.quantile(0.5, 100), window.quantile(0.95, 100)]).toEqual([51, 96]);
  });
});
