// One answered frame as the page shows it, whoever read it.

import type { WireModel } from '../../inference/protocol.ts';
import type { Decision } from '../../ml/decision.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';
import type { Size } from '../capture/fit.ts';
import type { WirePicture } from './wire.ts';

export interface FrameResult {
  seq: number;
  by: 'server' | 'browser';
  /** By this page's clock (`performance.now()`). */
  captureMs: number;
  answeredMs: number;
  /** From sending to the answer. */
  roundTripMs: number;
  /** Of the frame that was read; boxes are in its pixels. */
  size: Size;
  decision: Decision;
  digits: TrackedDigit[];
  model: WireModel;
}

/** Where frames come from: a camera, a picture, a drawing. */
export interface Feed {
  /** When what `server` and `local` give was captured, by `performance.now()`. */
  captureMs(): number;
  server(format: 'gray8' | 'jpeg'): WirePicture | Promise<WirePicture>;
  local(): GrayImage;
  /** Frames of a camera belong together and are smoothed; pictures and drawings stand for themselves. */
  isMoving: boolean;
}
