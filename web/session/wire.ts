// Frames to bytes and messages from text, as inference/protocol.ts has them. Its numbers are repeated here, held to it
// by their types, so that nothing of the server gets into the page.

import type * as protocol from '../../inference/protocol.ts';

export type { ServerMessage, ClientMessage } from '../../inference/protocol.ts';

export const SUBPROTOCOL: typeof protocol.SUBPROTOCOL = 'digits.v1';
const HEADER_BYTES: typeof protocol.FRAME_HEADER_BYTES = 20;
const VERSION: typeof protocol.FRAME_VERSION = 1;
const KIND: typeof protocol.FRAME_KIND = { jpeg: 1, gray8: 3 };
/** Sides of a gray frame at most. */
export const GRAY_MAX: typeof protocol.GRAY_MAX = { width: 320, height: 240 };
/** The longest side of a JPEG at most. */
export const JPEG_MAX_SIDE: typeof protocol.JPEG_MAX_SIDE = 1_280;
/** The worker closes on more; 256 KiB with the header. */
export const JPEG_MAX_BYTES = 262_144 - HEADER_BYTES;

export const CLOSE: typeof protocol.CLOSE = {
  going: 1001,
  unsupported: 1003,
  refused: 1008,
  tooBig: 1009,
  tryLater: 1013,
};

/** A picture as it travels: a byte a pixel, or a JPEG. */
export interface WirePicture {
  kind: keyof typeof KIND;
  bytes: Uint8Array;
  width: number;
  height: number;
}

export interface FrameMessage extends WirePicture {
  seq: number;
  /** By this page's own clock; echoed. */
  captureMs: number;
}

export function encodeFrame({ kind, bytes, width, height, seq, captureMs }: FrameMessage): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(HEADER_BYTES + bytes.length);
  const header = new DataView(message.buffer);
  header.setUint8(0, VERSION);
  header.setUint8(1, KIND[kind]);
  header.setUint16(2, 0, true);
  header.setUint32(4, seq, true);
  header.setFloat64(8, captureMs, true);
  header.setUint16(16, width, true);
  header.setUint16(18, height, true);
  message.set(bytes, HEADER_BYTES);
  return message;
}

/** A message of the worker; undefined for what this page does not know. */
export function parseMessage(text: string): protocol.ServerMessage | undefined {
  try {
    const message = JSON.parse(text) as protocol.ServerMessage | null;
    return typeof message?.t === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
