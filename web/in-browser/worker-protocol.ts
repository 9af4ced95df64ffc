// What crosses between the page and the thread that reads. Copied, never shared.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { ReaderModel, ReadOptions } from '../../ml/reader/frame-reading.ts';
import type { LocalModel, LocalReading } from './local-reader.ts';

export interface OpenOrder {
  t: 'open';
  /** Comes back with each reading of this model. */
  identity: LocalModel;
  reader: ReaderModel;
  /** The published files and the backend's binary. */
  files: { model: Uint8Array; weights: Uint8Array; golden: Uint8Array; wasm: Uint8Array };
}

export interface ReadOrder {
  t: 'read';
  frame: GrayImage;
  options?: ReadOptions | undefined;
}

export type Order = OpenOrder | ReadOrder;
/** `id` is counted up by the page and comes back with the answer. */
export type OrderMessage = Order & { id: number };

export type AnswerMessage =
  /** The thread listens now. */
  { t: 'here' } | { t: 'done'; id: number; answer?: LocalReading } | { t: 'failed'; id: number; message: string };
