// What a pool says no with, and how errors of a thread come back as what they were.

import { InvalidImage } from '../../ml/image/gray-image.ts';
import { UnreadableImage } from '../unreadable-image.ts';
import { GoldenMismatch } from '../models/golden-check.ts';
import { RuntimeFailure } from '../runtimes/runtime.ts';

/** Thrown before the first model has been loaded. Worth another try later. */
export class NoModel extends Error {
  override readonly name = 'NoModel';
  readonly retryable = true;
  constructor() {
    super('expected a loaded model, got none yet');
  }
}

/** Thrown when a version is asked for that is not loaded. */
export class UnknownVersion extends Error {
  override readonly name = 'UnknownVersion';
  readonly retryable = false;
  constructor(version: number | string, loaded: readonly (number | string)[]) {
    super(`expected a loaded version (${loaded.join(', ') || 'none'}), got ${version}`);
  }
}

/** Thrown to whoever waits when the pool is closed, and to whoever comes after. */
export class PoolClosed extends Error {
  override readonly name = 'PoolClosed';
  readonly retryable = false;
  constructor() {
    super('expected an open reader pool, got a closed one');
  }
}

/** Thrown when the thread that read a frame ended meanwhile. Another try may go better; another thread takes its place. */
export class ReaderThreadLost extends Error {
  override readonly name = 'ReaderThreadLost';
  readonly retryable = true;
  /** Whether the thread had begun with it: then it may be what ended the thread. */
  readonly wasBegun: boolean;
  constructor(reason: string, { wasBegun, cause }: { wasBegun: boolean; cause?: unknown }) {
    super(`a reader thread was lost: ${reason}`, { cause });
    this.wasBegun = wasBegun;
  }
}

/** An error as it crosses the border of a thread: its class is lost, its name is not. */
export interface ThreadError {
  name: string;
  message: string;
}

export function packError(error: unknown): ThreadError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const reason = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return { name: error.name, message: `${error.message}${reason}` };
}

const classes: Record<string, new (message: string) => Error> = {
  UnreadableImage,
  InvalidImage,
  GoldenMismatch,
  RuntimeFailure,
  RangeError,
};

export function unpackError({ name, message }: ThreadError): Error {
  const known = classes[name];
  return known === undefined ? new Error(`${name}: ${message}`) : new known(message);
}
