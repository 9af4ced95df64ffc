// How a model manager sees the pool: models come in, one of them answers, others leave when their last frame is done.

import type { LoadedModel } from '../load-model.ts';

export interface ModelHost {
  /**
   * Loads a model into every thread, one thread after another, so that the others go on reading. Each lets it answer the
   * golden inputs. Nothing of it stays when one thread refuses. Loading what is loaded does nothing.
   * @throws GoldenMismatch, RuntimeFailure, ReaderThreadLost, PoolClosed
   */
  load(model: LoadedModel): Promise<void>;
  /** From now on frames are read by this model; those taken before end on theirs. @throws UnknownVersion */
  use(digest: string): void;
  /** Takes no more frames for a model and lets it go when its last one is done. Nothing happens where none is. */
  release(digest: string): Promise<void>;
}
