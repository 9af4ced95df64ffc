// The reading thread: one model, one frame at a time, so that the page never waits for either.

import { openWasmModel, type WasmModel } from '../../ml/engines/wasm/page.ts';
import { decodeGolden, largestDifference } from '../../ml/export/golden.ts';
import type { FrameReader } from '../../ml/reader/frame-reading.ts';
import { createFrameReader } from '../../ml/reader/read-frame.ts';
import type { LocalModel, LocalReading } from './local-reader.ts';
import type { AnswerMessage, Order, OrderMessage, OpenOrder } from './worker-protocol.ts';

/** As in the server: how far probabilities may lie from those at publishing. */
const GOLDEN_TOLERANCE = 1e-4;

interface Reading {
  identity: LocalModel;
  model: WasmModel;
  reader: FrameReader;
}

/** Answers every order once, in their order. */
export function serve(): void {
  let current: Reading | undefined;
  const obey = async (order: Order): Promise<LocalReading | undefined> => {
    if (order.t === 'open') {
      const next = await open(order);
      current?.model.dispose();
      current = next;
      return undefined;
    }
    if (current === undefined) throw new Error('expected a model to be open, got a frame first');
    const { reader, identity } = current;
    return { reading: await reader.read(order.frame, order.options), model: identity };
  };
  let last: Promise<unknown> = Promise.resolve();
  addEventListener('message', ({ data }: MessageEvent<OrderMessage>) => {
    last = last
      .then(() => obey(data))
      .then(
        (answer) => tell({ t: 'done', id: data.id, ...(answer !== undefined && { answer }) }),
        (error: unknown) =>
          tell({ t: 'failed', id: data.id, message: error instanceof Error ? error.message : String(error) }),
      );
  });
  tell({ t: 'here' });
}

const tell = (message: AnswerMessage): void => postMessage(message);

/** @throws UnsupportedModel, WasmFailure, MalformedGolden, or Error when this browser computes something else */
async function open({ identity, reader, files: { golden, ...files } }: OpenOrder): Promise<Reading> {
  const model = await openWasmModel(files);
  try {
    if (model.classCount !== reader.classes.length)
      throw new Error(`expected ${reader.classes.length} classes, got a network of ${model.classCount}`);
    const samples = decodeGolden(golden, model.classCount);
    const difference = largestDifference(samples.probabilities, model.predict(samples.images, samples.labels.length));
    if (!(difference <= GOLDEN_TOLERANCE))
      throw new Error(
        `expected the probabilities at publishing within ${GOLDEN_TOLERANCE}, got ${difference} beside them`,
      );
    return {
      identity,
      model,
      reader: createFrameReader({ model: reader, infer: (inputs, count) => model.predict(inputs, count) }),
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
