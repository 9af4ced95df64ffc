// Every activity of the pipeline, over the dependencies a worker hands in. Each is safe to retry: see its step.

import { availableParallelism } from 'node:os';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { BlobCache } from '../artifacts/blob-cache.ts';
import type { RunIdentity } from '../artifacts/manifests.ts';
import { readVersion } from '../artifacts/registry.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { EngineFingerprint, EngineName } from '../ml/engine.ts';
import type { Notice } from '../workflows/contract.ts';
import type { AugmentParameters } from './augment.ts';
import type { AugmentPartParameters } from './augment-part.ts';
import { openCheckpoints, savedPatiently } from './checkpoints.ts';
import { refuseDeleted } from './corrections.ts';
import { combineCode, type StepCode } from './code-units.ts';
import type { EngineAccess } from './engine-access.ts';
import type * as evaluateStep from './evaluate.ts';
import { findFinished, type FindCall, type PlannedStep } from './find-finished.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { IngestParameters } from './ingest.ts';
import { openPatience } from './patience.ts';
import type { PreprocessParameters } from './preprocess.ts';
import type * as publishStep from './publish.ts';
import {
  changeRun,
  finishRun,
  recordParking,
  resolveRun,
  type ParkingNote,
  type RecordDependencies,
  type RunEnd,
} from './records.ts';
import {
  runStep,
  takeFinished,
  type ComputeStep,
  type RunStepDependencies,
  type RunStepOptions,
  type RunStepRequest,
  type StepResult,
} from './run-step.ts';
import { createSourceIdentity, isPinnedByName } from './source-identity.ts';
import { createStepIdentities, type EvaluateCall, type TrainInputs } from './step-identities.ts';
import type { StepIdentity } from './step-key.ts';
import type { StepLog } from './step-log.ts';
import { noMetrics, type StepMetrics } from './step-metrics.ts';
import type { StepContext, StepProgress } from './step.ts';
import type { StepEnvironment } from './threads/messages.ts';
import { createSlots } from './threads/slots.ts';
import { runInThread } from './threads/run-in-thread.ts';
import type * as trainStep from './train.ts';
import { settingsOf } from './trainer/settings.ts';
import { startTrainer } from './trainer/start-trainer.ts';
import { NoWebhook, type Webhook } from './webhook.ts';

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

/** What every step is called with: whose run it is, its resolved parameters, and refs to what it reads. */
export interface StepCall<Parameters, Inputs extends Record<string, ArtifactRef>> {
  run: RunIdentity;
  parameters: Parameters;
  inputs: Inputs;
  options?: StepCallOptions;
}

/** How a run goes about what was done before. @default takes finished steps */
export interface StepCallOptions extends Pick<RunStepOptions, 'verify' | 'recompute' | 'engineMatch'> {
  reuse?: 'by-key' | 'checked';
  /** Of train: begins at its first step, whatever checkpoints there are. @default false */
  fresh?: boolean;
}

type PublishCall = publishStep.PublishParameters & {
  /** @default tfjs-node: runs that began before there was another */
  engine?: EngineName;
};

/** What a step's computation gets here: lines of its log name run, step and attempt. */
type LoggedContext = Parameters<ComputeStep>[0] & { log: StepLog };

export type Activities = ReturnType<typeof createActivities>;

export function createActivities(dependencies: ActivityDependencies) {
  const { code, store, clock, environment, blobCache, metrics = noMetrics } = dependencies;
  const { span = (_name, _attributes, work) => work() } = dependencies;
  const threadSlots = createSlots(availableParallelism());
  const identifySource = createSourceIdentity(dependencies);
  const identities = createStepIdentities(dependencies);

  /** Runs a step by the one path, heartbeating, with this attempt's cancellation. */
  const settle = (
    request: Omit<RunStepRequest, 'run' | 'signal' | 'onProgress'> & { run: RunIdentity },
    compute: (context: LoggedContext) => ReturnType<ComputeStep>,
  ): Promise<StepResult> => {
    const { attempt } = activityInfo();
    const { workflowId, firstExecutionRunId } = request.run;
    const { label: step = request.step } = request;
    const log = dependencies.log.child({ run: workflowId, firstExecutionRunId, step, attempt });
    return withHeartbeat(
      async (onProgress) => {
        log.info({}, 'step begins');
        const startedMs = clock.monotonic();
        const run = { ...request.run, attempt };
        const result = await runStep(
          { ...dependencies, log },
          { ...request, run, signal: cancellationSignal(), onProgress },
          (context) => compute({ ...context, log }),
        ).catch((error: unknown) => {
          const seconds = (clock.monotonic() - startedMs) / 1_000;
          metrics.stepEnded({ step: request.step, state: 'failed', seconds });
          log.warn({ error: error instanceof Error ? error.message : String(error) }, 'step ends without a result');
          throw error;
        });
        const { state, seconds, stepKey } = result;
        metrics.stepEnded({ step: request.step, state, seconds });
        log.info({ state, seconds, stepKey, ...result.summary }, 'step ends');
        return result;
      },
      (seconds) => metrics.heartbeatGap(seconds),
    );
  };

  /** One look for all of a run's next steps. */
  const find = (call: FindCall): Promise<StepResult[]> => {
    const { attempt } = activityInfo();
    const { workflowId, firstExecutionRunId } = call.run;
    const log = dependencies.log.child({ run: workflowId, firstExecutionRunId, attempt });
    const signal = cancellationSignal();
    const findStep = async (planned: PlannedStep, inputs: Record<string, ArtifactRef>) => {
      const identity = await identityOf(planned, inputs, signal);
      if (identity === undefined) return undefined;
      const request = { ...identity, label: planned.label, run: { ...call.run, attempt }, signal };
      const result = await takeFinished({ ...dependencies, log }, request);
      if (result !== undefined) {
        const { state, seconds, stepKey, summary } = result;
        metrics.stepEnded({ step: planned.step, state, seconds });
        log.info({ step: planned.label, state, stepKey, ...summary }, 'step is finished already');
      }
      return result;
    };
    return findFinished({ log, signal, find: findStep }, call);
  };

  /** What stands in a plan came from the workflow's own table, where it is typed. */
  const identityOf = async (
    { label, step, parameters }: PlannedStep,
    inputs: Record<string, ArtifactRef>,
    signal: AbortSignal,
  ): Promise<StepIdentity | undefined> => {
    if (step === 'publish') return undefined; // never taken from a record
    if (step === 'ingest') {
      const given = parameters as IngestParameters;
      return isPinnedByName(given) ? identities.ingest((await identifySource(given, signal)).pinned) : undefined;
    }
    return identities[label === step ? step : 'augmentPart'](parameters as never, inputs as never);
  };

  const inThread = (
    unit: keyof StepCode,
    parameters: unknown,
    inputs: Record<string, ArtifactRef>,
    context: StepContext,
    local: StepEnvironment = environment,
  ): ReturnType<ComputeStep> => {
    const task = { call: 'compute' as const, bundle: code[unit].file, parameters, inputs, environment: local };
    return threadSlots(() => runInThread(code['step-thread'].file, task, context));
  };

  const engineAccess = (context: LoggedContext): EngineAccess => ({
    readToFile: (ref) => blobCache.readToFile(ref),
    checkpoints: openCheckpoints(store, context.stepKey),
    withTrainer: (engine, use) =>
      span('trainer', { 'digitflow.engine': engine }, async () => {
        const trainer = await startTrainer({
          entry: code.trainer.file,
          settings: settingsOf(engine),
          signal: context.signal,
          log: (line) => context.log.info({ part: 'trainer' }, line),
        });
        try {
          return await use(trainer);
        } finally {
          metrics.trainRate(undefined);
          await trainer.close();
        }
      }),
  });
  /** The trainer's rate is told to whoever counts. */
  const measured = <Context extends StepContext>(context: Context): Context => ({
    ...context,
    progress(news: StepProgress) {
      const { samplesPerSecond } = news.figures ?? {};
      if (samplesPerSecond !== undefined) metrics.trainRate(samplesPerSecond);
      context.progress(news);
    },
  });
  const load = <Module>(unit: keyof StepCode): Promise<Module> => import(code[unit].file) as Promise<Module>;

  return {
    resolveRun: (call: { run: RunIdentity; input: unknown }) => resolveRun(dependencies, call),

    changeRun: async (call: { configuration: RunConfiguration; set: unknown }) => changeRun(dependencies, call),

    recordParking: (call: ParkingNote) => {
      if (call.decision === undefined && activityInfo().attempt === 1) metrics.parked(call.step);
      return recordParking(dependencies, call, executionId());
    },

    finishRun: (call: RunEnd) => finishRun(dependencies, call, executionId()),

    notify: async ({ notice }: { notice: Notice }) => {
      if (dependencies.webhook === undefined) throw new NoWebhook();
      await dependencies.webhook.send(notice, cancellationSignal());
    },

    findFinished: (call: FindCall) => withHeartbeat(() => find(call)),

    ingest: ({ run, parameters, options }: Omit<StepCall<IngestParameters, never>, 'inputs'>) =>
      withHeartbeat(() => identifySource(parameters, cancellationSignal())).then(
        ({ pinned, corrections, environment: local }) =>
          settle({ run, ...identities.ingest(pinned), ...given(options) }, async (context) => {
            const made = await inThread('ingest', pinned, {}, context, local);
            await refuseDeleted(corrections ?? [], store);
            return made;
          }),
      ),

    preprocess: ({ run, parameters, inputs, options }: StepCall<PreprocessParameters, { dataset: ArtifactRef }>) =>
      settle({ run, ...identities.preprocess(parameters, inputs), ...given(options) }, (context) =>
        inThread('preprocess', parameters, inputs, context),
      ),

    augmentPart: ({ run, parameters, inputs, options }: StepCall<AugmentPartParameters, { splits: ArtifactRef }>) => {
      const label = `augment-${parameters.part}`;
      return settle({ run, label, ...identities.augmentPart(parameters, inputs), ...given(options) }, (context) =>
        inThread('augment-part', parameters, inputs, context),
      );
    },

    augment: ({ run, parameters, inputs, options }: StepCall<AugmentParameters, Record<string, ArtifactRef>>) =>
      settle({ run, ...identities.augment(parameters, inputs), ...given(options) }, (context) =>
        inThread('augment', parameters, inputs, context),
      ),

    train: async ({ run, parameters, inputs, options }: StepCall<trainStep.TrainStepParameters, TrainInputs>) => {
      const identity = await identities.train(parameters, inputs);
      const result = await settle({ run, ...identity, ...given(options) }, async (context) => {
        // Later attempts go on from this run's own checkpoints.
        if (options?.fresh && activityInfo().attempt === 1) await openCheckpoints(store, context.stepKey).clear();
        const { compute } = await load<typeof trainStep>('train');
        const { patient, patiently } = openPatience(measured(context), { clock, log: context.log });
        const access = engineAccess(context);
        const checkpoints = savedPatiently(access.checkpoints, patiently);
        return compute(patient, parameters, inputs, { ...access, checkpoints });
      });
      await openCheckpoints(store, result.stepKey).clear();
      return result;
    },

    evaluate: async ({ run, parameters, inputs, options }: StepCall<EvaluateCall, evaluateStep.EvaluateInputs>) => {
      const identity = await identities.evaluate(parameters, inputs);
      return settle({ run, ...identity, ...given(options) }, async (context) =>
        (await load<typeof evaluateStep>('evaluate')).compute(context, identity.parameters, inputs, {
          ...engineAccess(context),
          engine: identity.engine.engine,
          readVersion: (model, version) => readVersion(store, model, version),
          measure: (measured, refs) => inThread('measure', measured, refs, context),
        }),
      );
    },

    publish: async ({
      run,
      parameters: asked,
      inputs,
      options,
    }: StepCall<PublishCall, { evaluation: ArtifactRef }>) => {
      const { engine = 'tfjs-node', ...parameters } = asked;
      const codeIdentity = combineCode(code.publish, code.trainer);
      const rewrite = options?.reuse === 'checked' || options?.verify === true;
      const never = { reuse: 'never' as const, rewrite };
      const request = { run, step: 'publish', parameters, inputs, codeIdentity, options: never };
      const result = await settle(request, async (context) =>
        (await load<typeof publishStep>('publish')).compute(context, parameters, inputs, {
          ...engineAccess(context),
          engine,
          store,
          clock: dependencies.clock,
          run,
          check: rewrite,
          readSigningKey: () => dependencies.readSigningKey(),
          code: {
            ...Object.fromEntries(Object.entries(code).map(([name, { identity }]) => [name, identity.bundle])),
            ...dependencies.commit,
            node: process.version,
          },
        }),
      );
      metrics.published(String(result.summary['gate']));
      if (result.summary['gate'] === 'promoted') await dependencies.announce?.(parameters.model);
      return result;
    },
  };
}

const given = (options: StepCallOptions | undefined): { options?: RunStepOptions } => {
  const { fresh: _, ...ofPath } = options ?? {};
  return { options: ofPath };
};

/** The execution that this activity belongs to: another one after each reset. */
const executionId = (): string => activityInfo().workflowExecution?.runId ?? '';
