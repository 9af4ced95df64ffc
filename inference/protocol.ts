// The WebSocket subprotocol `digits.v1`: what crosses between a page and a worker. Types and numbers only: the page
// imports them as types, so nothing of the server gets into its bundle.

import type { Decision } from '../ml/decision.ts';
import type { TrackedDigit } from '../ml/reader/frame-reading.ts';

export const SUBPROTOCOL = 'digits.v1';
/** u8 version, u8 kind, u16 flags, u32 seq, f64 captureMs, u16 width, u16 height; little-endian; then the payload. */
export const FRAME_HEADER_BYTES = 20;
export const FRAME_VERSION = 1;
export const FRAME_KIND = { jpeg: 1, gray8: 3 } as const;
/** Longest side of a JPEG frame, and sides of a gray one. */
export const JPEG_MAX_SIDE = 1_280;
export const GRAY_MAX = { width: 320, height: 240 } as const;

export const CLOSE = { going: 1001, unsupported: 1003, refused: 1008, tooBig: 1009, tryLater: 1013 } as const;

export interface WireModel {
  version: number;
  digest: string;
}

export interface HelloMessage {
  t: 'hello';
  /** Names the session; a page that lost its connection takes it up again with `/v1/session?session=…`. */
  session: string;
  /** Frames that may be unanswered at any time. */
  credit: number;
  model: WireModel & { name: string };
  labels: string[];
  threshold: number;
  /** Whether corrections can be stored here, and if not, why. */
  teach: { available: true } | { available: false; reason: string };
}

export interface ResultMessage {
  t: 'result';
  seq: number;
  /** The page's own clock, echoed. */
  captureMs: number;
  decision: Decision;
  digits: TrackedDigit[];
  model: WireModel;
  ms: { queue: number; decode: number; locate: number; infer: number; total: number };
}

export interface DropMessage {
  t: 'drop';
  seqs: number[];
}

export interface ModelMessage {
  t: 'model';
  model: WireModel & { name: string };
  labels: string[];
  threshold: number;
}

export interface ByeMessage {
  t: 'bye';
  retryAfterMs: number;
}

/** How far a correction got: `id` names it for undo and delete. */
export interface LabelledMessage {
  t: 'labelled';
  seq: number;
  id: number;
  feedback: string | null;
  error?: string;
}

/** A correction was taken back, or could not be. */
export interface UnlabelledMessage {
  t: 'unlabelled';
  feedback: string;
  error?: string;
}

/** The session was paused, resumed or ended from elsewhere (Temporal's UI, the command line). */
export interface SessionMessage {
  t: 'session';
  state: 'open' | 'paused' | 'ended';
  reason?: string;
}

export type ServerMessage =
  | HelloMessage
  | ResultMessage
  | DropMessage
  | ModelMessage
  | ByeMessage
  | LabelledMessage
  | UnlabelledMessage
  | SessionMessage;

/** A person's correction of one digit of an answered frame. */
export interface LabelMessage {
  t: 'label';
  seq: number;
  id: number;
  label: string;
}

/** Takes a correction back. */
export interface UnlabelMessage {
  t: 'unlabel';
  feedback: string;
}

export interface ConfigMessage {
  t: 'config';
  /** null: the model's own again, which asks more of a digit among letters. */
  threshold?: number | null;
  smoothing?: boolean;
  teach?: boolean;
}

/** The first message of a client that has a token and no way to send it as a subprotocol. */
export interface TokenMessage {
  t: 'token';
  token: string;
}

export type ClientMessage = LabelMessage | UnlabelMessage | ConfigMessage | TokenMessage;
