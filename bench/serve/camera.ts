// One polite session: its own clock, its credit, and a book of what became of every frame.

import type { ServerMessage } from '../../inference/protocol.ts';
import { percentilesOf, type CameraFigures } from './orders.ts';
import { openRawSocket, patch, type RawSocket } from './raw-socket.ts';

const CREDIT = 2;
/** Sent frames wait for their answers this long after the last one. */
const LAST_ANSWERS_MS = 3_000;
const HEADER = 20;
/** The row that differs in every frame, beside sequence number and clock. */
const NOISE_AT = HEADER + 4;
const NOISE_BYTES = 64;

export interface DrawnFrame {
  digit: number;
  frame: Buffer;
}

export interface CameraOptions {
  port: number;
  frames: DrawnFrame[];
  index: number;
  framesASecond: number;
  stopMs: number;
}

export interface Camera {
  tick(now: number): void;
  done: Promise<void>;
  book: CameraBook;
}

interface CameraBook extends Omit<CameraFigures, 'fewestASecond' | 'receiveToSendMs' | 'roundTripMs'> {
  receiveToSend: number[];
  roundTrip: number[];
}

export function openCamera({ port, frames, index, framesASecond, stopMs }: CameraOptions): Camera {
  const book: CameraBook = {
    offered: 0,
    sent: 0,
    withoutCredit: 0,
    late: 0,
    answered: 0,
    dropped: 0,
    lost: 0,
    doubled: 0,
    mixed: 0,
    backwards: 0,
    misread: 0,
    swapsSeen: 0,
    closed: [],
    receiveToSend: [],
    roundTrip: [],
  };
  const periodMs = 1_000 / framesASecond;
  const open = new Map<number, { digit: number; sentMs: number }>();
  const settled = new Set<number>();
  const own = Array.from({ length: CREDIT + 1 }, () => Buffer.from(frames[0]!.frame));
  const noise = new Uint8Array(NOISE_BYTES);
  const header = Buffer.alloc(HEADER);
  header[0] = 1;
  header[1] = 3;
  header.writeUInt16LE(320, 16);
  header.writeUInt16LE(240, 18);
  let isReady = false;
  let isOver = false;
  let nextMs = Infinity;
  let version = 0;
  let resolveDone!: () => void;
  const done = new Promise<void>((resolve) => (resolveDone = resolve));

  const settle = (seq: number): { digit: number; sentMs: number } | undefined => {
    const frame = open.get(seq);
    open.delete(seq);
    if (frame === undefined || settled.has(seq)) {
      book.doubled++;
      return undefined;
    }
    settled.add(seq);
    return frame;
  };
  const onText = (text: string): void => {
    const message = JSON.parse(text) as ServerMessage;
    if (message.t === 'hello') {
      isReady = true;
      version = message.model.version;
      nextMs = performance.now() + periodMs * ((index * 0.618) % 1);
    } else if (message.t === 'model') {
      book.swapsSeen++;
      if (message.model.version < version) book.backwards++;
      version = message.model.version;
    } else if (message.t === 'drop') {
      for (const seq of message.seqs) if (settle(seq) !== undefined) book.dropped++;
    } else if (message.t === 'result') {
      const frame = settle(message.seq);
      if (frame === undefined) return;
      book.answered++;
      book.receiveToSend.push(message.ms.total);
      book.roundTrip.push(performance.now() - frame.sentMs);
      if (message.model.version !== version) book.backwards++;
      // Even versions are given rotated class names: each label tells which model made it.
      const label = Number(message.digits[0]?.raw.label ?? Number.NaN);
      const shift = message.model.version % 2 === 0 ? 1 : 0;
      if (label === (frame.digit + 1 - shift) % 10) book.mixed++;
      else if (label !== (frame.digit + shift) % 10) book.misread++;
    }
  };
  const socket: RawSocket = openRawSocket({
    port,
    onText,
    onEnd(status) {
      book.closed.push(status);
      finish();
    },
  });
  const finish = (): void => {
    if (isOver) return;
    isOver = true;
    book.lost = open.size;
    socket.end();
    resolveDone();
  };
  const send = (now: number): void => {
    const seq = book.sent++;
    const drawn = frames[(index * 31 + seq) % frames.length]!;
    const frame = own[seq % own.length]!;
    drawn.frame.copy(frame);
    header.writeUInt32LE(seq, 4);
    header.writeDoubleLE(now, 8);
    patch(frame, 0, header);
    for (let i = 0; i < NOISE_BYTES; i++) noise[i] = 180 + ((seq * 7 + i * 13 + index * 29) % 24);
    patch(frame, NOISE_AT, noise);
    open.set(seq, { digit: drawn.digit, sentMs: now });
    socket.send(frame);
  };

  return {
    done,
    book,
    tick(now) {
      if (isOver) return;
      if (now >= stopMs) {
        if (open.size === 0 || now > stopMs + LAST_ANSWERS_MS) finish();
        return;
      }
      if (!isReady || now < nextMs) return;
      const due = 1 + Math.floor((now - nextMs) / periodMs);
      nextMs += due * periodMs;
      book.offered += due;
      book.late += due - 1;
      if (open.size >= CREDIT) book.withoutCredit++;
      else send(now);
    },
  };
}

export function cameraFigures(cameras: readonly Camera[], durationMs: number): CameraFigures {
  const books = cameras.map(({ book }) => book);
  const sum = (field: keyof CameraBook): number => books.reduce((total, book) => total + (book[field] as number), 0);
  return {
    offered: sum('offered'),
    sent: sum('sent'),
    withoutCredit: sum('withoutCredit'),
    late: sum('late'),
    answered: sum('answered'),
    dropped: sum('dropped'),
    lost: sum('lost'),
    doubled: sum('doubled'),
    mixed: sum('mixed'),
    backwards: sum('backwards'),
    misread: sum('misread'),
    swapsSeen: sum('swapsSeen'),
    fewestASecond: Math.round(Math.min(...books.map(({ answered }) => answered / (durationMs / 1_000))) * 10) / 10,
    receiveToSendMs: percentilesOf(books.flatMap(({ receiveToSend }) => receiveToSend)),
    roundTripMs: percentilesOf(books.flatMap(({ roundTrip }) => roundTrip)),
    closed: books.flatMap(({ closed }) => closed).filter((code) => code !== 1000 && code !== 1005),
  };
}
