// What a reader is given and what it says. Browser-safe: the same module answers in the server and in the page. It does
// not know which runtime computes the probabilities: `Infer` is handed in.

import type { Decision } from '../decision.ts';
import type { GrayImage } from '../image/gray-image.ts';
import type { Preprocessing } from '../image/network-input.ts';
import type { PrepareFrame } from './frame-inputs.ts';

/** In pixels of the frame as it came, origin top left. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** One digit of one frame. A part of the picture whose decision is `none` is not listed. */
export interface ReadDigit {
  /** The likeliest digit. */
  label: string;
  /** Probability of `label`, calibrated, 0–1. */
  probability: number;
  /** [classes] in the model's order. */
  probabilities: number[];
  decision: Exclude<Decision, 'none'>;
  box: Box;
  /** The gray crop that was preprocessed, where `crops` was asked for: what a person's correction stores. */
  crop?: GrayImage;
}

export interface FrameReading {
  /** `digit` if any is, else `uncertain` if any is, else `none`. */
  decision: Decision;
  /** From left to right. */
  digits: ReadDigit[];
  /** [classes] of the frame as one digit, whatever the decision; in mode `whole` only. */
  whole?: number[];
  ms: { locate: number; infer: number };
}

/** `find` looks for digits anywhere in the frame; `whole` takes the frame as one digit, as the reference script does. */
export type ReadMode = 'find' | 'whole';

export interface ReadOptions {
  /** @default 'find' */
  mode?: ReadMode;
  /** The least probability of a digit, 0–1. @default the model's; in mode `find` more: `find-threshold.ts` */
  threshold?: number | undefined;
  /** Hands the crops out as well. @default false */
  crops?: boolean;
}

/** Probabilities [count, classes] of network inputs [count, 32, 32] bytes. */
export type Infer = (inputs: Uint8Array, count: number) => Promise<Float32Array> | Float32Array;

/** What a reader has to know of a model. */
export interface ReaderModel {
  classes: readonly string[];
  threshold: number;
  preprocessing: Preprocessing;
}

export interface FrameReader {
  /** All digits of a frame, read as one batch. One frame at a time. @throws InvalidImage, and what `infer` throws */
  read(frame: GrayImage, options?: ReadOptions): Promise<FrameReading>;
}

export interface FrameReaderOptions {
  model: ReaderModel;
  infer: Infer;
  /** Of the model's preprocessing; readers that never read at the same time may share one. @default one of its own */
  prepare?: PrepareFrame;
  /** Milliseconds that only go forward. @default () => performance.now() */
  now?: () => number;
}

/** A digit that keeps its id over frames; `label` and `probability` are smoothed, `raw` is this frame's. */
export interface TrackedDigit {
  /** Unique within a session, counted from 1. */
  id: number;
  label: string;
  probability: number;
  /** [classes] of this frame. */
  probabilities: number[];
  decision: Exclude<Decision, 'none'>;
  /** For how many frames in a row `label` has stood. */
  stableFrames: number;
  raw: { label: string; probability: number };
  box: Box;
}

export interface Tracker {
  /** Takes the next frame's digits. */
  track(reading: FrameReading): TrackedDigit[];
  /** Smoothing off: labels, probabilities and decisions are those of the frame alone. Ids stay. */
  setSmoothing(on: boolean): void;
  /** Forgets every digit; ids go on counting. */
  reset(): void;
}
