// One place of the pool: a thread, and the next one when it ends by itself. A new thread takes frames once it holds every
// model of the pool.

import type { ServingLog } from '../serving-log.ts';
import { PoolClosed } from './errors.ts';
import type { HeldModel } from './held-models.ts';
import { startReaderThread, type LifeOptions, type ReaderThreadLife } from './reader-thread-life.ts';

/** The first thread after a long life comes at once: its end was bad luck. A second one soon after waits. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
const LONG_LIFE_MS = 30_000;
/** The largest picture takes a few seconds to decode; a thread that is busy for longer won't come back. */
const STUCK_MS = 20_000;

export interface Lane {
  /** The thread that takes frames now; undefined while there is none that could. */
  readonly ready: ReaderThreadLife | undefined;
  /** The present thread, ready or not. */
  readonly life: ReaderThreadLife | undefined;
  /** Resolves with the present thread; with the next one while there is none. @throws PoolClosed */
  born(): Promise<ReaderThreadLife>;
  /** Ends a thread that has been busy for too long. */
  endStuck(): void;
  close(): Promise<void>;
}

export interface LaneOptions extends Omit<LifeOptions, 'onLost'> {
  log: ServingLog;
  /** What a new thread has to hold. */
  models: () => HeldModel[];
  /** A thread has become ready, or has been lost. */
  onChange: () => void;
}

export function createLane({ log, models, onChange, ...options }: LaneOptions): Lane {
  const { name, now } = options;
  let life: ReaderThreadLife | undefined;
  let isReady = false;
  let bornAtMs = 0;
  let earlyEnds = 0;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const waiting: { resolve(life: ReaderThreadLife): void; reject(error: Error): void }[] = [];

  const lost = (reason: string): void => {
    life = undefined;
    isReady = false;
    earlyEnds = now() - bornAtMs > LONG_LIFE_MS ? 0 : earlyEnds + 1;
    const delayMs = earlyEnds === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (earlyEnds - 1));
    log.error({ thread: name, reason, delayMs }, 'a reader thread was lost; another takes its place');
    onChange();
    if (!isClosed) timer = setTimeout(start, delayMs);
  };

  const start = (): void => {
    const born = startReaderThread({ ...options, onLost: lost });
    life = born;
    bornAtMs = now();
    for (const one of waiting.splice(0)) one.resolve(born);
    // All are asked for at once: what the pool gets meanwhile is sent to this thread by the pool.
    Promise.all(models().map(({ handle, model }) => born.load(handle, model))).then(
      () => {
        if (life !== born || isClosed) return;
        isReady = true;
        onChange();
      },
      (error: unknown) => {
        if (life !== born || isClosed) return; // it was lost meanwhile, which has been told
        log.error({ thread: name, err: error }, 'a reader thread could not load the models');
        born.kill();
      },
    );
  };
  start();

  return {
    get ready() {
      return isReady ? life : undefined;
    },
    get life() {
      return life;
    },
    async born() {
      if (isClosed) throw new PoolClosed();
      return life ?? new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    endStuck() {
      const sinceMs = life?.busySinceMs;
      if (sinceMs === undefined || now() - sinceMs < STUCK_MS) return;
      log.error({ thread: name, busyMs: now() - sinceMs }, 'a reader thread is stuck and is ended');
      life?.kill();
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      for (const one of waiting.splice(0)) one.reject(new PoolClosed());
      await life?.close();
    },
  };
}
