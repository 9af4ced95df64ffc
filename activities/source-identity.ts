// What pins a source's content, before anything of it is packed: a part of ingest's step key.

import type { Clock } from '../artifacts/clock.ts';
import type { PinnedCorrection } from '../artifacts/feedback-list.ts';
import type { Store } from '../artifacts/store.ts';
import type { StepCode } from './code-units.ts';
import { correctionsFor } from './corrections.ts';
import type { IngestParameters } from './ingest.ts';
import type { StepContext } from './step.ts';
import type { StepEnvironment } from './threads/messages.ts';
import { runInThread } from './threads/run-in-thread.ts';

export interface IdentifiedSource {
  /** The parameters with what pins the content: a changed folder or a new correction is another step. */
  pinned: IngestParameters & { identity: Record<string, unknown> };
  corrections: PinnedCorrection[] | undefined;
  /** What the worker tells ingest's thread. */
  environment: StepEnvironment;
}

export interface SourceIdentityDependencies {
  store: Store;
  clock: Clock;
  code: StepCode;
  environment: StepEnvironment;
}

export type IdentifySource = (parameters: IngestParameters, signal: AbortSignal) => Promise<IdentifiedSource>;

/**
 * The built-in data is pinned by its name, this code and the parameters, so it is asked for once a worker: a thread of its
 * own would take longer than everything else a run does that reuses all.
 */
export const isPinnedByName = ({ source }: IngestParameters): boolean => source.kind === 'builtin';

/** One a worker. @throws (the function) what a source throws that can't be listed, and the store's errors */
export function createSourceIdentity({ store, clock, code, environment }: SourceIdentityDependencies): IdentifySource {
  const known = new Map<string, Record<string, unknown>>();
  return async (parameters, signal) => {
    const corrections = await correctionsFor(parameters.source, { store, clock });
    const local = { ...environment, ...(corrections !== undefined && { corrections }) };
    const identify = (): Promise<Record<string, unknown>> =>
      runInThread(
        code['step-thread'].file,
        { call: 'identify', bundle: code.ingest.file, parameters, inputs: {}, environment: local },
        contextForIdentity(signal),
      );
    const name = JSON.stringify(parameters);
    const identity = known.get(name) ?? (await identify());
    if (isPinnedByName(parameters)) known.set(name, identity);
    return { pinned: { ...parameters, identity }, corrections, environment: local };
  };
}

/** Finding out what a source holds needs no store. */
function contextForIdentity(signal: AbortSignal): StepContext {
  const refuse = (): never => {
    throw new TypeError('identify neither reads nor writes blobs');
  };
  return { signal, read: refuse, write: refuse, progress: () => undefined, warn: () => undefined };
}
