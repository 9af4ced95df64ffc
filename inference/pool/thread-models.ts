// The models of one reader thread: each with a runtime of its own. What prepares frames is shared: a thread reads one at a
// time, and buffers of their own would be 700 kB of garbage with each model that comes and goes.

import type { Preprocessing } from '../../ml/image/network-input.ts';
import { createFrameInputs, type PrepareFrame } from '../../ml/reader/frame-inputs.ts';
import type { FrameReader } from '../../ml/reader/frame-reading.ts';
import { createFrameReader } from '../../ml/reader/read-frame.ts';
import type { LoadedModel } from '../load-model.ts';
import { proveRuntime } from '../models/golden-check.ts';
import { openRuntime, type RuntimeName } from '../runtimes/open-runtime.ts';
import type { Runtime } from '../runtimes/runtime.ts';

export interface ThreadModel {
  runtime: Runtime;
  reader: FrameReader;
}

const prepared = new Map<Preprocessing, PrepareFrame>();

function prepareFor(preprocessing: Preprocessing): PrepareFrame {
  const prepare = prepared.get(preprocessing) ?? createFrameInputs(preprocessing);
  prepared.set(preprocessing, prepare);
  return prepare;
}

/**
 * Opens a runtime and lets it answer the golden inputs first.
 * @throws GoldenMismatch, RuntimeFailure; nothing stays open then
 */
export async function openThreadModel(name: RuntimeName, model: LoadedModel): Promise<ThreadModel> {
  const { identity, golden, classes, threshold, preprocessing } = model;
  const runtime = await openRuntime(name, model.files);
  try {
    await proveRuntime(runtime, golden, `${identity.name} version ${identity.version}`);
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
  const reader = createFrameReader({
    model: { classes, threshold, preprocessing },
    infer: (inputs, count) => runtime.run(inputs, count),
    prepare: prepareFor(preprocessing),
    now: () => performance.now(),
  });
  return { runtime, reader };
}
