// One binary message of a client: 20 bytes, then the picture. Read without copying.

import { FRAME_HEADER_BYTES, FRAME_KIND, FRAME_VERSION, GRAY_MAX, JPEG_MAX_SIDE } from '../protocol.ts';
import type { EncodedFrame } from '../serving.ts';
import { jpegSize } from './jpeg-size.ts';

export interface ReceivedFrame {
  seq: number;
  /** The client's own clock: echoed, never compared. */
  captureMs: number;
  frame: EncodedFrame;
}

/** Thrown when a binary message is no frame of `digits.v1`: the socket is closed with 1003 and this text. */
export class UnsupportedFrame extends Error {
  override readonly name = 'UnsupportedFrame';
  readonly retryable = false;
  constructor(what: string, expected: string, got: unknown) {
    super(`${what}: expected ${expected}, got ${String(got)}`);
  }
}

/**
 * @param message one binary message; the frame's bytes are a view of it
 * @throws UnsupportedFrame
 */
export function parseFrame(message: Buffer): ReceivedFrame {
  if (message.length <= FRAME_HEADER_BYTES)
    throw new UnsupportedFrame('frame', `more than ${FRAME_HEADER_BYTES} bytes`, message.length);
  const version = message[0]!;
  if (version !== FRAME_VERSION) throw new UnsupportedFrame('version', String(FRAME_VERSION), version);
  const kind = message[1]!;
  const flags = message.readUInt16LE(2);
  if (flags !== 0) throw new UnsupportedFrame('flags', '0', flags);
  const captureMs = message.readDoubleLE(8);
  if (!Number.isFinite(captureMs)) throw new UnsupportedFrame('captureMs', 'a finite number', captureMs);
  const received = { seq: message.readUInt32LE(4), captureMs };
  const size = { width: message.readUInt16LE(16), height: message.readUInt16LE(18) };
  const bytes = message.subarray(FRAME_HEADER_BYTES);
  if (kind === FRAME_KIND.gray8) return { ...received, frame: grayFrame(bytes, size) };
  if (kind === FRAME_KIND.jpeg) return { ...received, frame: jpegFrame(bytes, size) };
  throw new UnsupportedFrame('kind', '1 (jpeg) or 3 (gray8)', kind);
}

interface Size {
  width: number;
  height: number;
}

function grayFrame(bytes: Buffer, { width, height }: Size): EncodedFrame {
  if (width < 1 || height < 1 || width > GRAY_MAX.width || height > GRAY_MAX.height)
    throw new UnsupportedFrame('gray8', `1×1 … ${GRAY_MAX.width}×${GRAY_MAX.height}`, `${width}×${height}`);
  if (bytes.length !== width * height)
    throw new UnsupportedFrame('gray8', `${width * height} bytes for ${width}×${height}`, bytes.length);
  return { kind: 'gray8', bytes, width, height };
}

/** A picture's own sides are what it costs to decode, so they are looked at before a thread sees it. */
function jpegFrame(bytes: Buffer, { width, height }: Size): EncodedFrame {
  if (width < 1 || height < 1 || width > JPEG_MAX_SIDE || height > JPEG_MAX_SIDE)
    throw new UnsupportedFrame('jpeg', `sides of 1 … ${JPEG_MAX_SIDE}`, `${width}×${height}`);
  const own = jpegSize(bytes);
  if (own === undefined) throw new UnsupportedFrame('jpeg', 'a JPEG picture', 'something else');
  if (own.width !== width || own.height !== height)
    throw new UnsupportedFrame('jpeg', `a picture of ${width}×${height}`, `${own.width}×${own.height}`);
  return { kind: 'jpeg', bytes };
}
