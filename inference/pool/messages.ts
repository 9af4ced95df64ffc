// What a pool and its threads say to each other. A thread does one thing after another, in the order it was asked.

import type { FrameReading, ReadMode } from '../../ml/reader/frame-reading.ts';
import type { LoadedModel } from '../load-model.ts';
import type { RuntimeName } from '../runtimes/open-runtime.ts';
import type { EncodedFrame } from '../serving.ts';
import type { ThreadError } from './errors.ts';

/** A gray frame of 320×240, the largest that a session may send uncompressed. */
export const SLOT_BYTES = 320 * 240;
/** Requests a thread holds at once: while it answers one, the next lies there already. */
export const SLOTS = 2;

export interface ThreadData {
  runtime: RuntimeName;
  /** SLOTS × SLOT_BYTES: bytes of frames cross here without an allocation. */
  slots: SharedArrayBuffer;
}

/** A model as a thread knows it; `handle` stands for it in every later message. */
export interface LoadRequest {
  kind: 'load';
  id: number;
  handle: number;
  model: LoadedModel;
}

export interface ReleaseRequest {
  kind: 'release';
  id: number;
  handle: number;
}

/** Flat: it crosses hundreds of times a second. */
export interface ReadRequest {
  kind: 'read';
  id: number;
  handle: number;
  frame: EncodedFrame['kind'];
  /** Where the bytes lie; or the bytes themselves, when they are too many for a slot. */
  slot: number;
  sizeBytes: number;
  bytes: Uint8Array | undefined;
  /** Of gray frames; 0 of others. */
  width: number;
  height: number;
  mode: ReadMode | undefined;
  threshold: number | undefined;
  crops: boolean | undefined;
}

export interface InferRequest {
  kind: 'infer';
  id: number;
  handle: number;
  values: Float32Array;
  count: number;
}

export type ThreadRequest = LoadRequest | ReleaseRequest | ReadRequest | InferRequest;
export type ToThread = ThreadRequest | { kind: 'close' };

export interface ThreadReading {
  reading: FrameReading;
  width: number;
  height: number;
  /** When the thread began with it, by `monotonicMs`. */
  beganMs: number;
  decodeMs: number;
}

export type FromThread =
  { kind: 'ready' } | { kind: 'done'; id: number; value: unknown } | { kind: 'failed'; id: number; error: ThreadError };

/** Milliseconds of a clock that all threads of this process share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
