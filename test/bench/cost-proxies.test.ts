// What things cost, in numbers that no busy machine changes: arithmetic, nodes, calls, bytes, buffers. Each stands as it
// is today. When one grows the change is either worth it, and the number here is raised with its reason, or it is a
// mistake that no clock would have found. When one falls, lower it.

import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';
import { workOf } from '../../bench/peers/limits.ts';
import { createLeaseWatch } from '../../activities/lease.ts';
import { runStep } from '../../activities/run-step.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { resolveRunConfiguration } from '../../config/resolve.ts';
import { createAugmenter } from '../../ml/augment/augmenter.ts';
import { createMasterMaker } from '../../ml/augment/master.ts';
import { decodePng, encodePng } from '../../ml/codecs/png.ts';
import { HYPER_SIZE } from '../../ml/engines/graph/adamw.ts';
import { openGraphEngine } from '../../ml/engines/graph/engine.ts';
import type { Feed } from '../../ml/engines/graph/session.ts';
import { buildTrainingGraph } from '../../ml/engines/graph/training-graph.ts';
import { createNetworkInput, INPUT_BYTES } from '../../ml/image/network-input.ts';
import { networks, type NetworkName } from '../../ml/model.ts';
import { countingStore } from '../support/counting-store.ts';
import { movableClock } from '../support/movable-clock.ts';
import { silentLog } from '../support/silent-log.ts';

const calls: { signature: string; bytes: number }[] = [];
// Without TensorFlow: what the engine asks of it is counted, not done.
vi.mock('../../ml/engines/graph/tensorflow.ts', () => ({ loadTensorFlow: () => Promise.resolve({}) }));
vi.mock('../../ml/engines/graph/session.ts', () => ({
  openSession: () =>
    Promise.resolve({
      run(signature: string, feeds: Record<string, Feed>) {
        calls.push({ signature, bytes: Object.values(feeds).reduce((sum, { values }) => sum + values.byteLength, 0) });
        return { loss: [1], correct: [1] };
      },
      dispose: () => undefined,
    }),
}));

/** Growth alone is an error: the message says what grew, from what to what. */
function expectNoGrowth(what: string, got: number, known: number): void {
  expect(got, `${what} grew from ${known} to ${got}`).toBeLessThanOrEqual(known);
}

const graphOptions = { classCount: 11, labelSmoothing: 0.1, batchNormMomentum: 0.95 };

test('the arithmetic of a whole training does not grow', () => {
  const known = { builtin: 817, 'fast-print': 192 };
  for (const [preset, gigaOperations] of Object.entries(known)) {
    const { network, trainSteps, batchSize } = resolveRunConfiguration({ preset }).train;
    const giga = (workOf(networks[network], 11).training * trainSteps * batchSize) / 1e9;
    expectNoGrowth(`10⁹ operations of preset ${preset}`, Math.round(giga), gigaOperations);
  }
});

test.each<[NetworkName, nodes: number, floats: number]>([
  ['compact', 726, 104_273],
  ['larger', 726, 346_753],
  ['reference', 677, 1_085_973],
])('the training graph of %s has no more nodes, and its state no more floats', (network, nodes, floats) => {
  const { savedModel, stateSize } = buildTrainingGraph({ ...graphOptions, network });
  const { SavedModel } = createRequire(import.meta.url)('@tensorflow/tfjs-node/dist/proto/api_pb.js') as Messages;
  const found = SavedModel.deserializeBinary(savedModel).getMetaGraphsList()[0]!.getGraphDef().getNodeList().length;
  expectNoGrowth(`nodes of ${network}'s graph`, found, nodes);
  expectNoGrowth(`floats of ${network}'s state, and of each checkpoint`, stateSize, floats);
});

test('a training step is one call into TensorFlow, and moves the batch as bytes', async () => {
  const options = { ...graphOptions, network: 'compact', weightDecay: 1e-4, seed: 1 } as const;
  const engine = await openGraphEngine(options, (_, use) => use('a folder', () => Promise.resolve()));
  calls.length = 0;
  engine.trainStep({ images: new Uint8Array(128 * INPUT_BYTES), labels: new Int32Array(128) }, 1, 1e-3);
  expectNoGrowth('calls into TensorFlow a step', calls.length, 1);
  expectNoGrowth('bytes fed a step', calls[0]!.bytes, 128 * (INPUT_BYTES + 4) + 4 * HYPER_SIZE);
});

test.each<[string, minutes: number, calls: number, heads: number]>([
  ['a minute later', 1, 27, 22], // its record, its output and 20 blobs, once each
  ['at once', 0, 51, 44], // what was written a moment ago is looked at twice: a deletion may be on its way
])(
  'a step that is finished costs no more calls of the store when its run is repeated %s',
  async (when, minutes, calls, heads) => {
    const clock = movableClock();
    const store = countingStore(createMemoryStore({ clock }));
    const dependencies = { store, clock, log: silentLog, leaseWatch: createLeaseWatch() };
    const request = { step: 'ingest', parameters: {}, inputs: {}, codeIdentity: { bundle: 'a' } } as const;
    const go = (workflowId: string) =>
      runStep(
        dependencies,
        { ...request, run: { workflowId, firstExecutionRunId: 'first', attempt: 1 } },
        async (context) => {
          for (let blob = 0; blob < 20; blob++) await context.write(Buffer.from(`blob ${blob}`));
          return { output: await context.write(Buffer.from('output')), summary: {} };
        },
      );
    await go('a run');
    Object.keys(store.calls).forEach((call) => (store.calls[call as keyof typeof store.calls] = 0));
    clock.advance(minutes * 60_000);
    await go('another run');
    const total = Object.values(store.calls).reduce((sum, count) => sum + count, 0);
    expectNoGrowth(`calls of the store ${when} (${JSON.stringify(store.calls)})`, total, calls);
    expectNoGrowth('of them heads', store.calls.head, heads);
    expectNoGrowth('of them reads of whole objects', store.calls.get, 1);
  },
);

/** A picture with ink, so that every branch works. */
const picture = {
  pixels: Uint8Array.from({ length: 64 * 64 }, (_, i) =>
    Math.abs((i % 64) - 32) < 5 && Math.abs(i / 64 - 32) < 24 ? 0 : 255,
  ),
  width: 64,
  height: 64,
};

test.each<[string, known: number, work: () => (round: number) => void]>([
  [
    'augmentation `camera` with `digit`',
    0,
    () => {
      const preset = { preset: 'camera', preprocessing: 'digit' } as const;
      const master = createMasterMaker(preset)(picture, 'typeface');
      const augmenter = createAugmenter({ ...preset, seed: 1 });
      const out = new Uint8Array(INPUT_BYTES);
      return (round) => augmenter.augment(master, 'typeface', 0, round, out, 0);
    },
  ],
  [
    'augmentation `reference`',
    0,
    () => {
      const preset = { preset: 'reference', preprocessing: 'digit' } as const;
      const master = createMasterMaker(preset)(picture, 'typeface');
      const augmenter = createAugmenter({ ...preset, seed: 1 });
      const out = new Uint8Array(INPUT_BYTES);
      return (round) => augmenter.augment(master, 'typeface', 0, round, out, 0);
    },
  ],
  [
    'PNG → network input',
    2,
    () => {
      const file = encodePng(picture);
      const write = createNetworkInput('digit');
      const out = new Uint8Array(INPUT_BYTES);
      return () => {
        const { pixels, width, height } = decodePng(file);
        write(pixels, width, height, out, 0);
      };
    },
  ],
])('%s makes no more buffers a sample', (what, known, start) => {
  const work = start();
  for (let round = 0; round < 20; round++) work(round); // buffers of the first samples are kept
  const SAMPLES = 100;
  const made = buffersMadeBy(() => {
    for (let round = 0; round < SAMPLES; round++) work(round);
  });
  expectNoGrowth(`buffers a sample, ${what},`, made / SAMPLES, known);
});

/** How many typed arrays with memory of their own were made by name; views of others don't count. */
function buffersMadeBy(work: () => void): number {
  const kinds = ['Uint8Array', 'Int32Array', 'Float32Array', 'Float64Array', 'Uint32Array', 'Uint16Array'] as const;
  let made = 0;
  for (const kind of kinds)
    vi.stubGlobal(
      kind,
      new Proxy(globalThis[kind], {
        construct(target, args: [unknown], newTarget) {
          if (!(args[0] instanceof ArrayBuffer)) made++;
          return Reflect.construct(target, args, newTarget) as object;
        },
      }),
    );
  try {
    work();
  } finally {
    vi.unstubAllGlobals();
  }
  return made;
}

interface Messages {
  SavedModel: {
    deserializeBinary(bytes: Uint8Array): {
      getMetaGraphsList(): { getGraphDef(): { getNodeList(): unknown[] } }[];
    };
  };
}
