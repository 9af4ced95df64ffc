// A client that ignores its credit: it writes as fast as the socket takes it, and comes back when it is thrown out.

import type { ServerMessage } from '../../inference/protocol.ts';
import type { DrawnFrame } from './camera.ts';
import { openRawSocket, patch, type RawSocket } from './raw-socket.ts';

/** Frames written in one turn of the event loop. */
const BURST = 4;
const RETURN_MS = 100;

export interface Flood {
  done: Promise<void>;
  book: { connections: number; sent: number; answered: number; dropped: number; closed: Record<number, number> };
}

export function openFlood({ port, frames, stopMs }: { port: number; frames: DrawnFrame[]; stopMs: number }): Flood {
  const book: Flood['book'] = { connections: 0, sent: 0, answered: 0, dropped: 0, closed: {} };
  const header = Buffer.alloc(20);
  header[0] = 1;
  header[1] = 3;
  header.writeUInt16LE(320, 16);
  header.writeUInt16LE(240, 18);
  const isOver = (): boolean => performance.now() >= stopMs;

  const once = (): Promise<void> =>
    new Promise((resolve) => {
      let isClosed = false;
      let seq = 0;
      book.connections++;
      const socket: RawSocket = openRawSocket({
        port,
        onText(text) {
          const message = JSON.parse(text) as ServerMessage;
          if (message.t === 'hello') pour();
          if (message.t === 'result') book.answered++;
          if (message.t === 'drop') book.dropped += message.seqs.length;
        },
        onEnd(status) {
          isClosed = true;
          book.closed[status] = (book.closed[status] ?? 0) + 1;
          setTimeout(resolve, RETURN_MS);
        },
      });
      const pour = (): void => {
        if (isClosed) return;
        if (isOver()) return socket.end();
        let hasRoom = true;
        for (let i = 0; i < BURST && hasRoom; i++) {
          const frame = Buffer.from(frames[seq % frames.length]!.frame);
          header.writeUInt32LE(seq++, 4);
          patch(frame, 0, header);
          hasRoom = socket.send(frame);
          book.sent++;
        }
        if (hasRoom) setImmediate(pour);
      };
      socket.onDrain(pour);
    });
  const done = (async () => {
    while (!isOver()) await once();
  })();
  return { done, book };
}

export function floodFigures(floods: readonly Flood[]): Flood['book'] {
  const total: Flood['book'] = { connections: 0, sent: 0, answered: 0, dropped: 0, closed: {} };
  for (const { book } of floods) {
    total.connections += book.connections;
    total.sent += book.sent;
    total.answered += book.answered;
    total.dropped += book.dropped;
    for (const [code, count] of Object.entries(book.closed))
      total.closed[Number(code)] = (total.closed[Number(code)] ?? 0) + count;
  }
  return total;
}
