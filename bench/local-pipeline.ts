// The pipeline's steps without Temporal and MinIO, for measurements: the same bundles by the same path over a file store,
// so that what was computed once is reused by the next seed and the next day.

import { homedir } from 'node:os';
import path from 'node:path';
import { combineCode } from '../activities/code-units.ts';
import { openCheckpoints } from '../activities/checkpoints.ts';
import { floatsOf, type EngineAccess } from '../activities/engine-access.ts';
import { createLeaseWatch } from '../activities/lease.ts';
import { runStep, type ComputeStep, type StepResult } from '../activities/run-step.ts';
import type { StepContext } from '../activities/step.ts';
import { runInThread } from '../activities/threads/run-in-thread.ts';
import * as trainStep from '../activities/train.ts';
import { engineFingerprint } from '../activities/trainer/fingerprint.ts';
import { settingsOf } from '../activities/trainer/settings.ts';
import { startTrainer } from '../activities/trainer/start-trainer.ts';
import { getBlob } from '../artifacts/blobs.ts';
import { createBlobCache } from '../artifacts/blob-cache.ts';
import { systemClock } from '../artifacts/clock.ts';
import { createFileStore } from '../artifacts/file-store.ts';
import { createBucket } from '../artifacts/open-store.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import { checkoutFolder } from '../config/home.ts';
import type { RunConfiguration } from '../config/schema.ts';
import { bundleCode } from '../workers/code.ts';
import { workerSettings } from '../workers/settings.ts';
import { stepEntries } from '../workers/step-entries.ts';

export interface LocalPipeline {
  ingest(parameters: RunConfiguration['ingest']): Promise<StepResult>;
  preprocess(configuration: RunConfiguration, dataset: ArtifactRef): Promise<StepResult>;
  augment(configuration: RunConfiguration, splits: ArtifactRef): Promise<StepResult>;
  train(parameters: RunConfiguration['train'], pool: ArtifactRef, splits: ArtifactRef): Promise<StepResult>;
  read(ref: ArtifactRef): Promise<Uint8Array>;
  readToFile(ref: ArtifactRef): Promise<string>;
  floats(ref: ArtifactRef): Promise<Float32Array>;
  withTrainer: EngineAccess['withTrainer'];
}

export interface LocalPipelineOptions {
  /** Folders that `folder` and `archive` sources may read, besides the user's home. */
  dataRoots?: string[];
  /** Where results and blobs lie; in a new one nothing is reused. @default the cache folder, for all benches together */
  folder?: string | undefined;
}

export async function openLocalPipeline(options: LocalPipelineOptions = {}): Promise<LocalPipeline> {
  const { dataRoots = [] } = options;
  const { cacheFolder } = workerSettings();
  const home = options.folder ?? cacheFolder;
  const folder = path.join(home, 'bench-store');
  await createBucket({ kind: 'file', folder });
  const store = createFileStore({ root: folder });
  const code = await bundleCode(checkoutFolder, stepEntries);
  const blobCache = createBlobCache({ store, folder: path.join(home, 'blobs') });
  const quiet = { info: () => undefined, warn: (_: object, message: string) => console.error(message) };
  const dependencies = { store, clock: systemClock, log: quiet, leaseWatch: createLeaseWatch() };
  const decodeThread = code['decode-thread'].file;
  const environment = { cacheFolder, dataRoots: [...dataRoots, homedir()], decodeThread };
  const run = { workflowId: 'bench', firstExecutionRunId: `bench-${process.pid}`, attempt: 1 };

  const inThread =
    (unit: keyof typeof code, parameters: unknown, inputs: Record<string, ArtifactRef>): ComputeStep =>
    (context) =>
      runInThread(
        code['step-thread'].file,
        { call: 'compute', bundle: code[unit].file, parameters, inputs, environment },
        { ...context, readToFile: (ref) => blobCache.readToFile(ref) },
      );
  const step = (
    name: 'ingest' | 'preprocess' | 'augment',
    unit: keyof typeof code,
    parameters: object,
    inputs: Record<string, ArtifactRef>,
  ): Promise<StepResult> => {
    const request = { run, step: name, parameters, inputs, codeIdentity: code[unit].identity };
    return runStep(dependencies, request, inThread(unit, parameters, inputs));
  };
  const withTrainer: LocalPipeline['withTrainer'] = async (engine, use) => {
    const signal = new AbortController().signal;
    const trainer = await startTrainer({
      entry: code.trainer.file,
      settings: settingsOf(engine),
      signal,
      log: () => undefined,
    });
    try {
      return await use(trainer);
    } finally {
      await trainer.close();
    }
  };
  const engineAccess = (context: StepContext & { stepKey: string }): EngineAccess => ({
    readToFile: (ref) => blobCache.readToFile(ref),
    withTrainer,
    checkpoints: openCheckpoints(store, context.stepKey),
  });

  return {
    async ingest(parameters) {
      const task = { call: 'identify' as const, bundle: code.ingest.file, parameters, inputs: {}, environment };
      const context = { signal: new AbortController().signal, progress: () => undefined, warn: () => undefined };
      const identity = await runInThread<Record<string, unknown>>(code['step-thread'].file, task, {
        ...context,
        read: (ref) => getBlob(store, ref),
        write: () => Promise.reject(new TypeError('identify writes nothing')),
      });
      return step('ingest', 'ingest', { ...parameters, identity }, {});
    },
    preprocess: (configuration, dataset) =>
      step(
        'preprocess',
        'preprocess',
        { ...configuration.preprocess, augmentPreset: configuration.augment.preset },
        { dataset },
      ),
    async augment({ augment, preprocess }, splits) {
      const { parts, ...rest } = augment;
      const made = await Promise.all(
        Array.from({ length: parts }, (_, part) =>
          step(
            'augment',
            'augment-part',
            { ...rest, preprocessing: preprocess.preprocessing, part, parts },
            { splits },
          ),
        ),
      );
      const inputs = Object.fromEntries(made.map(({ output }, part) => [`part${part}`, output]));
      return step('augment', 'augment', { preset: augment.preset }, { splits, ...inputs });
    },
    async train(parameters, pool, splits) {
      const engine = await engineFingerprint(settingsOf(parameters.engine));
      const codeIdentity = combineCode(code.train, code.trainer);
      const inputs = { pool, splits };
      return runStep(dependencies, { run, step: 'train', parameters, inputs, codeIdentity, engine }, (context) =>
        trainStep.compute(context, parameters, inputs, engineAccess(context)),
      );
    },
    read: (ref) => getBlob(store, ref),
    readToFile: (ref) => blobCache.readToFile(ref),
    floats: async (ref) => floatsOf(await getBlob(store, ref)),
    withTrainer,
  };
}
