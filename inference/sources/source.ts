// What a session can be fed from besides a browser: frames in the forms that `digits.v1` takes.

import type { SessionSource } from '../session-desk.ts';

/** One frame as it goes over the wire. Gray is at most 320×240, a JPEG at most 1,280 pixels a side. */
export interface SourceFrame {
  kind: 'gray8' | 'jpeg';
  bytes: Uint8Array;
  width: number;
  height: number;
}

export interface FrameSource {
  /** For people and logs: holds no password. */
  readonly name: string;
  readonly kind: Exclude<SessionSource, 'browser'>;
  /** Live sources don't wait: a frame that nobody takes in time is replaced by the next. A file drops none. */
  readonly isLive: boolean;
  /**
   * The frames, in order, once. Ends with a file; a live source ends when the signal is aborted.
   * @throws SourceFailed, UnreadableSource, FfmpegMissing
   */
  frames(signal: AbortSignal): AsyncIterable<SourceFrame>;
}

/** Thrown when `--source` says nothing that can be opened. */
export class InvalidSource extends Error {
  override readonly name = 'InvalidSource';
  readonly retryable = false;
}

/** Thrown when bytes are not the video or the pictures that they should be. */
export class UnreadableSource extends Error {
  override readonly name = 'UnreadableSource';
  readonly retryable = false;
}

/** Thrown when a source can't be opened or ends unasked: a camera that was unplugged, a stream that broke off. */
export class SourceFailed extends Error {
  override readonly name = 'SourceFailed';
  readonly retryable = true;
}

/** Thrown when a source needs ffmpeg and there is none. */
export class FfmpegMissing extends Error {
  override readonly name = 'FfmpegMissing';
  readonly retryable = false;
  constructor(source: string) {
    super(
      `${source}: expected ffmpeg on the PATH (or DIGITFLOW_FFMPEG to name it), got none. ` +
        'Install it (apt-get install ffmpeg, brew install ffmpeg), or use a .y4m, .mjpeg or a folder of pictures, which need none',
    );
  }
}
