// A WebSocket client with next to no cost of its own: the frames it sends are masked before the clock runs, so that a
// generator on the same cores measures the server and not itself. Enough of RFC 6455 for `digits.v1`, and no more.

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** One mask for all frames of a generator; servers can't tell and unmask as always. */
export const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x9e]);
const HEADER_BYTES = 14; // FIN+opcode, 127, eight bytes of length, mask

/** A binary frame around `payload`, masked. */
export function maskedFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame[0] = 0x82;
  frame[1] = 0x80 | 127;
  frame.writeBigUInt64BE(BigInt(payload.length), 2);
  MASK.copy(frame, 10);
  for (let i = 0; i < payload.length; i++) frame[HEADER_BYTES + i] = payload[i]! ^ MASK[i & 3]!;
  return frame;
}

/** Writes bytes of the payload in a masked frame. */
export function patch(frame: Buffer, offset: number, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) frame[HEADER_BYTES + offset + i] = bytes[i]! ^ MASK[(offset + i) & 3]!;
}

export interface RawSocket {
  /** @returns false when the system's buffers are full: the bytes wait in this process */
  send(frame: Buffer): boolean;
  onDrain(listener: () => void): void;
  end(): void;
}

export interface RawSocketOptions {
  port: number;
  onText: (text: string) => void;
  /** @param status of a refused handshake, or the close code; 1006 where neither came */
  onEnd: (status: number) => void;
  onOpen?: () => void;
}

export function openRawSocket({ port, onText, onEnd, onOpen }: RawSocketOptions): RawSocket {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let status = 1006;
  let isOpen = false;
  let buffered = Buffer.alloc(0);
  socket.write(
    `GET /v1/session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      `Sec-WebSocket-Protocol: digits.v1\r\n\r\n`,
  );
  socket.on('data', (chunk) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    if (!isOpen) {
      const end = buffered.indexOf('\r\n\r\n');
      if (end < 0) return;
      const code = Number(buffered.toString('latin1', 9, 12));
      if (code !== 101) {
        status = code;
        socket.destroy();
        return;
      }
      isOpen = true;
      buffered = buffered.subarray(end + 4);
      onOpen?.();
    }
    readFrames();
  });
  const readFrames = (): void => {
    while (buffered.length >= 2) {
      const short = buffered[1]! & 0x7f;
      const start = short === 126 ? 4 : 2;
      if (buffered.length < start) return;
      const length = short === 126 ? buffered.readUInt16BE(2) : short;
      if (buffered.length < start + length) return;
      const payload = buffered.subarray(start, start + length);
      const opcode = buffered[0]! & 0x0f;
      buffered = buffered.subarray(start + length);
      if (opcode === 1) onText(payload.toString('utf8'));
      else if (opcode === 9) socket.write(control(0x8a, payload));
      else if (opcode === 8) {
        status = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
        socket.end(control(0x88, payload));
      }
    }
  };
  socket.on('error', () => undefined);
  socket.on('close', () => onEnd(status));
  return {
    send: (frame) => socket.writable && socket.write(frame),
    onDrain: (listener) => void socket.on('drain', listener),
    end: () => void socket.end(control(0x88, Buffer.from([0x03, 0xe8]))),
  };
}

function control(first: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(6 + payload.length);
  frame[0] = first;
  frame[1] = 0x80 | payload.length;
  MASK.copy(frame, 2);
  for (let i = 0; i < payload.length; i++) frame[6 + i] = payload[i]! ^ MASK[i & 3]!;
  return frame;
}
