// What a worker hands its activities.

import type { BlobCache } from '../artifacts/blob-cache.ts';
import type { EngineFingerprint, EngineName } from '../ml/engine.ts';
import type { StepCode } from './code-units.ts';
import type { RecordDependencies } from './records.ts';
import type { RunStepDependencies } from './run-step.ts';
import type { StepLog } from './step-log.ts';
import type { StepMetrics } from './step-metrics.ts';
import type { StepEnvironment } from './threads/messages.ts';
import type { Webhook } from './webhook.ts';

export interface ActivityDependencies extends RecordDependencies, Omit<RunStepDependencies, 'log'> {
  log: StepLog & { child(fields: object): StepLog };
  code: StepCode;
  environment: StepEnvironment;
  blobCache: BlobCache;
  /** Of an engine as a trainer of this worker has it. @throws when the engine isn't set up */
  fingerprint(engine: EngineName): Promise<EngineFingerprint>;
  readSigningKey(): Promise<string>;
  /** Of the checkout that the worker runs from. @default unknown */
  commit?: { commit: string; dirty: boolean } | undefined;
  /** Told when the champion has moved. Must not throw. */
  announce?: (model: string) => Promise<void>;
  /** Somebody who wants to be told. @default nobody */
  webhook?: Webhook;
  /** @default nothing is counted */
  metrics?: StepMetrics;
  /** Runs work as a part of its activity that has a name in a trace. @default it just runs */
  span?: <T>(name: string, attributes: Record<string, string>, work: () => Promise<T>) => Promise<T>;
}
