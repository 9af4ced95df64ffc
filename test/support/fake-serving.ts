// A model manager and a reader pool for tests of what stands in front of them: no thread, no model, every call counted.

import type { ModelVersion } from '../../artifacts/manifests.ts';
import type {
  FrameAnswer,
  ModelIdentity,
  ModelManager,
  ReaderPool,
  ReadFrameOptions,
  EncodedFrame,
  ServedModel,
} from '../../inference/serving.ts';

export const FAKE_CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'];

export function fakeModel(version: number, changes: Partial<ServedModel> = {}): ServedModel {
  const digest = String(version).padStart(64, 'a');
  const record = {
    schemaVersion: 1,
    kind: 'model-version',
    name: 'digits',
    version,
    digest,
    createdAt: '2026-11-22T10:00:00.000Z',
    classes: FAKE_CLASSES,
    preprocessing: 'digit',
    threshold: 0.5,
    inputSignature: { name: 'image', shape: [null, 32, 32, 1], type: 'float32', range: [0, 1] },
    files: [],
    metrics: {},
  } as unknown as ModelVersion;
  return {
    name: 'digits',
    version,
    digest,
    record,
    classes: FAKE_CLASSES,
    threshold: 0.5,
    preprocessing: 'digit',
    loadedAt: '2026-11-22T10:00:01.000Z',
    ...changes,
  };
}

export interface FakeManager extends ModelManager {
  swap(model: ServedModel): void;
  checks: number;
}

export function fakeManager(first: ServedModel | undefined = fakeModel(1)): FakeManager {
  let current = first;
  let previous: ServedModel | undefined;
  const listeners = new Set<(model: ServedModel) => void>();
  const manager: FakeManager = {
    modelName: 'digits',
    checks: 0,
    current: () => current,
    loaded: () => [current, previous].filter((model) => model !== undefined),
    states: () => manager.loaded().map(({ name, version }) => ({ name, version, state: 'READY' as const, reason: '' })),
    labels: () => ({
      ...(current !== undefined && { stable: current.version }),
      ...(previous !== undefined && { previous: previous.version }),
    }),
    onSwap(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    swap(model) {
      previous = current;
      current = model;
      listeners.forEach((listener) => listener(model));
    },
    async check() {
      manager.checks++;
    },
    async close() {},
  };
  return manager;
}

export interface FakePool extends ReaderPool {
  frames: { frame: EncodedFrame; options: ReadFrameOptions | undefined }[];
  inferred: { values: Float32Array; count: number }[];
}

/** Answers each frame with one digit: the first byte modulo 10, in the middle of the frame. */
export function fakePool(manager: ModelManager, { threads = 2, answer }: FakePoolOptions = {}): FakePool {
  let underway = 0;
  const identity = (version?: number): ModelIdentity => {
    const model = manager.loaded().find((one) => version === undefined || one.version === version)!;
    return { name: model.name, version: model.version, digest: model.digest };
  };
  const pool: FakePool = {
    threads,
    frames: [],
    inferred: [],
    get underway() {
      return underway;
    },
    async readFrame(frame, options) {
      pool.frames.push({ frame, options });
      underway++;
      try {
        const model = identity(options?.version);
        const answered = await (answer?.(frame, model) ?? digitAnswer(frame, model));
        if (options?.mode === 'whole') answered.reading.whole ??= answered.reading.digits[0]?.probabilities;
        return answered;
      } finally {
        underway--;
      }
    },
    async infer(values, count, version) {
      pool.inferred.push({ values: values.slice(), count });
      const probabilities = new Float32Array(count * FAKE_CLASSES.length);
      for (let row = 0; row < count; row++) {
        const likeliest = Math.round(values[row * 1024]! * 255) % 10;
        for (let index = 0; index < FAKE_CLASSES.length; index++)
          probabilities[row * FAKE_CLASSES.length + index] = index === likeliest ? 0.9 : 0.01;
      }
      return { probabilities, model: identity(version) };
    },
    async close() {},
  };
  return pool;
}

export interface FakePoolOptions {
  threads?: number;
  answer?: (frame: EncodedFrame, model: ModelIdentity) => Promise<FrameAnswer> | FrameAnswer;
}

export function digitAnswer(frame: EncodedFrame, model: ModelIdentity): FrameAnswer {
  const size = frame.kind === 'gray8' ? { width: frame.width, height: frame.height } : { width: 320, height: 240 };
  const likeliest = (frame.bytes[0] ?? 0) % 10;
  const probabilities = FAKE_CLASSES.map((_, index) => (index === likeliest ? 0.9 : 0.01));
  return {
    model,
    size,
    reading: {
      decision: 'digit',
      digits: [
        {
          label: String(likeliest),
          probability: 0.9,
          probabilities,
          decision: 'digit',
          box: { x: size.width / 4, y: size.height / 4, w: size.width / 2, h: size.height / 2 },
        },
      ],
      ms: { locate: 1, infer: 0.1 },
    },
    ms: { queue: 0, decode: 0, locate: 1, infer: 0.1, total: 1.1 },
  };
}
