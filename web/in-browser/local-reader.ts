// What the page knows of reading without a server: the published model, fetched, checked and run in the page itself.
// Types only: everything behind them is one chunk that is fetched when the page has nothing better to do.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { FrameReading, ReadOptions } from '../../ml/reader/frame-reading.ts';

export interface LocalModel {
  name: string;
  version: number;
  /** The version digest, lower-case hex. */
  digest: string;
  /** Class names in the model's order. */
  labels: string[];
  /** The least probability of a digit, 0–1. */
  threshold: number;
}

export type LocalState =
  /** Cannot work here, whatever is done: `reason` is a sentence for people. */
  | { state: 'off'; reason: string }
  /** Nothing was fetched yet. */
  | { state: 'idle' }
  | { state: 'fetching'; loadedBytes: number; totalBytes: number }
  /** `digests`: this browser knows no Ed25519, so the files were checked, but not who made them. */
  | { state: 'ready'; model: LocalModel; checked: 'signature' | 'digests' }
  /** Fetching or checking failed; `prepare` tries again. `reason` is a sentence for people. */
  | {
      state: 'failed';
      reason: string;
      /** Set when the model is signed by another key than the one known from here: a person may `trustNewKey` it. */
      newKey?: string;
    };

export interface LocalReading {
  reading: FrameReading;
  model: LocalModel;
}

export interface LocalReader {
  state(): LocalState;
  /** Called at each change. @returns a function that forgets it */
  onState(listener: (state: LocalState) => void): () => void;
  /**
   * Fetches, checks and warms up what the server's alias means now; the last one kept in Cache Storage when the server
   * is away. Safe to repeat, and cheap when nothing changed: a model that is ready stays so until a newer one is.
   * Never rejects: `state` tells how it went.
   */
  prepare(): Promise<void>;
  /** Takes this key for the right one from now on, and prepares again. */
  trustNewKey(key: string): Promise<void>;
  /** One frame at a time. @throws Error when not ready, and what the reader throws */
  read(frame: GrayImage, options?: ReadOptions): Promise<LocalReading>;
  close(): void;
}

export interface LocalReaderOptions {
  /** Where the worker answers. @default location.origin */
  origin?: string;
  /** Sent as `Authorization: Bearer` where the worker asks for one. */
  token?: string | undefined;
  /** Name of the model. @default the worker's first */
  model?: string | undefined;
}

/** What `web/in-browser/create-local-reader.ts` exports as `createLocalReader`. */
export type CreateLocalReader = (options?: LocalReaderOptions) => LocalReader;
