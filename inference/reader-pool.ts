// Threads that read frames. The main thread copies a frame's bytes and passes the answer on; everything else happens in a
// thread, each with its own runtime. Frames are taken in order, and by the model that answers at that moment.

import { availableParallelism } from 'node:os';
import { PoolClosed, ReaderThreadLost } from './pool/errors.ts';
import { createHeldModels, type HeldModel } from './pool/held-models.ts';
import { createLane } from './pool/lane.ts';
import { monotonicMs, SLOTS, type ThreadReading } from './pool/messages.ts';
import type { ModelHost } from './pool/model-host.ts';
import type { ReaderThreadLife } from './pool/reader-thread-life.ts';
import type { RuntimeName } from './runtimes/open-runtime.ts';
import type { ServingLog } from './serving-log.ts';
import type { FrameAnswer, ReaderPool } from './serving.ts';

const WATCH_MS = 1_000;

export interface ReaderPoolOptions {
  /** Absolute path of the bundled inference/pool/reader-thread.ts. */
  threadFile: string;
  /** @default one a core */
  threads?: number;
  /** @default 'onnxruntime-node' */
  runtime?: RuntimeName;
  log: ServingLog;
}

/** A piece of work that waits for a thread. */
interface Task {
  /** Sends it to a thread. Resolves when it is settled; rejects with ReaderThreadLost where another thread may try. */
  run(life: ReaderThreadLife): Promise<void>;
  /** Gives it up. */
  fail(error: Error): void;
}

/** Starts the threads; no frame is read before a model is loaded and used. */
export function createReaderPool({
  threadFile,
  threads = availableParallelism(),
  runtime = 'onnxruntime-node',
  log,
}: ReaderPoolOptions): ReaderPool & ModelHost {
  const models = createHeldModels();
  const queue: Task[] = [];
  let underway = 0;
  let isClosed = false;
  let turn = 0;
  const lanes = Array.from({ length: threads }, (_, index) =>
    createLane({
      threadFile,
      runtime,
      name: `reader ${index + 1}`,
      now: monotonicMs,
      log,
      models: () => models.all(),
      onChange: () => pump(),
    }),
  );
  const watch = setInterval(() => lanes.forEach((lane) => lane.endStuck()), WATCH_MS);
  watch.unref();

  /** The thread with the least to do that has room; equals take turns. */
  const leastLoaded = (): ReaderThreadLife | undefined => {
    let best: ReaderThreadLife | undefined;
    for (let step = 0; step < lanes.length; step++) {
      const life = lanes[(turn + step) % lanes.length]!.ready;
      if (life !== undefined && life.pending < (best?.pending ?? SLOTS)) best = life;
    }
    turn++;
    return best;
  };
  const pump = (): void => {
    while (queue.length > 0) {
      const life = leastLoaded();
      if (life === undefined) return;
      const task = queue.shift()!;
      task.run(life).then(pump, () => {
        if (isClosed) return task.fail(new PoolClosed());
        queue.unshift(task);
        pump();
      });
    }
  };

  /** @param isRepeatable whether another thread can do it when the first was lost before it had begun */
  const submit = <T>(
    version: number | undefined,
    isRepeatable: boolean,
    work: (life: ReaderThreadLife, held: HeldModel) => Promise<T>,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (isClosed) throw new PoolClosed();
      const held = models.pick(version);
      const countOut = held.take();
      underway++;
      const settled = (): void => {
        underway--;
        countOut();
      };
      const fail = (error: Error): void => {
        settled();
        reject(error);
      };
      queue.push({
        fail,
        async run(life) {
          try {
            const value = await work(life, held);
            settled();
            resolve(value);
          } catch (error) {
            if (isRepeatable && error instanceof ReaderThreadLost && !error.wasBegun) throw error;
            fail(error as Error);
          }
        },
      });
      pump();
    });

  const loadInto = async (held: HeldModel): Promise<void> => {
    for (const lane of lanes) {
      const life = await lane.born();
      await life.load(held.handle, held.model);
    }
  };
  const letGo = async (held: HeldModel): Promise<void> => {
    held.state = 'leaving';
    models.remove(held);
    await held.unused();
    // A thread that was lost holds nothing any more.
    await Promise.allSettled(lanes.map(async (lane) => lane.life?.release(held.handle)));
  };

  return {
    threads,
    get underway() {
      return underway;
    },
    readFrame(frame, options = {}) {
      const takenMs = monotonicMs();
      const { version, mode, threshold, crops } = options;
      return submit(version, true, async (life, held) => {
        const read = await life.read(held.handle, frame, { mode, threshold, crops });
        return answerOf(read, held, takenMs);
      });
    },
    infer: (values, count, version) =>
      submit(version, false, async (life, held) => ({
        probabilities: await life.infer(held.handle, values, count),
        model: held.identity,
      })),
    async load(model) {
      if (isClosed) throw new PoolClosed();
      if (models.find(model.identity.digest)?.state === 'loaded') return;
      const held = models.add(model);
      try {
        await loadInto(held);
        held.state = 'loaded';
      } catch (error) {
        await letGo(held);
        throw error;
      }
    },
    use: (digest) => models.use(digest),
    async release(digest) {
      const held = models.find(digest);
      if (held !== undefined) await letGo(held);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(watch);
      for (const task of queue.splice(0)) task.fail(new PoolClosed());
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

function answerOf(
  { reading, width, height, beganMs, decodeMs }: ThreadReading,
  { identity }: HeldModel,
  takenMs: number,
): FrameAnswer {
  const { locate, infer } = reading.ms;
  const total = monotonicMs() - takenMs;
  return {
    reading,
    model: identity,
    size: { width, height },
    ms: { queue: beganMs - takenMs, decode: decodeMs, locate, infer, total },
  };
}
