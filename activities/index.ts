// Every activity of the pipeline, over the dependencies a worker hands in. Each is safe to retry: see its step.

import { availableParallelism } from 'node:os';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { RunIdentity } from '../artifacts/manifests.ts';
import { readVersion } from '../artifacts/registry.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { EngineName } from '../ml/engine.ts';
import type { Notice } from '../workflows/contract.ts';
import type { AugmentParameters } from './augment.ts';
import type { AugmentPartParameters } from './augment-part.ts';
import { openCheckpoints, savedPatiently } from './checkpoints.ts';
import { combineCode, type StepCode } from './code-units.ts';
import { refuseDeleted } from './corrections.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type * as evaluateStep from './evaluate.ts';
import { createFind } from './find-steps.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { IngestParameters } from './ingest.ts';
import { createEngineAccess, measured } from './open-engine.ts';
import { openPatience } from './patience.ts';
import type { PreprocessParameters } from './preprocess.ts';
import { failWithProducer } from './producer.ts';
import type * as publishStep from './publish.ts';
import { changeRun, finishRun, recordParking, resolveRun, type ParkingNote, type RunEnd } from './records.ts';
import type { ComputeStep } from './run-step.ts';
import { createSettle } from './settle-step.ts';
import { createSourceIdentity } from './source-identity.ts';
import { runStepOptions, type StepCall } from './step-call.ts';
import { createStepIdentities, type EvaluateCall, type TrainInputs } from './step-identities.ts';
import { noMetrics } from './step-metrics.ts';
import type { FileContext, StepContext } from './step.ts';
import type { StepEnvironment } from './threads/messages.ts';
import { createSlots } from './threads/slots.ts';
import { runInThread } from './threads/run-in-thread.ts';
import type * as trainStep from './train.ts';
import { NoWebhook } from './webhook.ts';

type PublishCall = publishStep.PublishParameters & {
  /** @default tfjs-node: runs that began before there was another */
  engine?: EngineName;
};

export type Activities = ReturnType<typeof createActivities>;

export function createActivities(dependencies: ActivityDependencies) {
  const { code, store, blobCache, clock, environment, metrics = noMetrics } = dependencies;
  const threadSlots = createSlots(availableParallelism());
  const identifySource = createSourceIdentity(dependencies);
  const identities = createStepIdentities(dependencies);

  const settle = createSettle(dependencies);
  const find = createFind(dependencies, { identities, identifySource });
  const engineAccess = createEngineAccess(dependencies);

  const inThread = (
    unit: keyof StepCode,
    parameters: unknown,
    inputs: Record<string, ArtifactRef>,
    context: StepContext & Partial<FileContext>,
    local: StepEnvironment = environment,
  ): ReturnType<ComputeStep> => {
    const task = { call: 'compute' as const, bundle: code[unit].file, parameters, inputs, environment: local };
    return threadSlots(() => runInThread(code['step-thread'].file, task, context));
  };
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

    findFinished: find,

    ingest: ({ run, parameters, options }: Omit<StepCall<IngestParameters, never>, 'inputs'>) =>
      withHeartbeat(() => identifySource(parameters, cancellationSignal())).then(
        ({ pinned, corrections, environment: local }) =>
          settle({ run, ...identities.ingest(pinned), ...runStepOptions(options) }, async (context) => {
            const decodeThread = code['decode-thread'].file;
            const made = await inThread('ingest', pinned, {}, context, { ...local, decodeThread });
            await refuseDeleted(corrections ?? [], store);
            return made;
          }),
      ),

    preprocess: ({ run, parameters, inputs, options }: StepCall<PreprocessParameters, { dataset: ArtifactRef }>) =>
      settle({ run, ...identities.preprocess(parameters, inputs), ...runStepOptions(options) }, (context) =>
        inThread('preprocess', parameters, inputs, context),
      ),

    augmentPart: ({ run, parameters, inputs, options }: StepCall<AugmentPartParameters, { splits: ArtifactRef }>) => {
      const label = `augment-${parameters.part}`;
      return settle(
        { run, label, ...identities.augmentPart(parameters, inputs), ...runStepOptions(options) },
        (context) =>
          inThread('augment-part', parameters, inputs, {
            ...context,
            readToFile: (ref) =>
              blobCache.readToFile(ref).catch((error: unknown) => failWithProducer(error, store, run)),
          }),
      );
    },

    augment: ({ run, parameters, inputs, options }: StepCall<AugmentParameters, Record<string, ArtifactRef>>) =>
      settle({ run, ...identities.augment(parameters, inputs), ...runStepOptions(options) }, (context) =>
        inThread('augment', parameters, inputs, context),
      ),

    train: async ({ run, parameters, inputs, options }: StepCall<trainStep.TrainStepParameters, TrainInputs>) => {
      const identity = await identities.train(parameters, inputs);
      const result = await settle({ run, ...identity, ...runStepOptions(options) }, async (context) => {
        // Later attempts go on from this run's own checkpoints.
        if (options?.fresh && activityInfo().attempt === 1) await openCheckpoints(store, context.stepKey).clear();
        const { compute } = await load<typeof trainStep>('train');
        const { patient, patiently } = openPatience(measured(context, metrics), { clock, log: context.log });
        const access = engineAccess(context);
        const checkpoints = savedPatiently(access.checkpoints, patiently);
        return compute(patient, parameters, inputs, { ...access, checkpoints });
      });
      await openCheckpoints(store, result.stepKey).clear();
      return result;
    },

    evaluate: async ({ run, parameters, inputs, options }: StepCall<EvaluateCall, evaluateStep.EvaluateInputs>) => {
      const identity = await identities.evaluate(parameters, inputs);
      return settle({ run, ...identity, ...runStepOptions(options) }, async (context) =>
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

/** The execution that this activity belongs to: another one after each reset. */
const executionId = (): string => activityInfo().workflowExecution?.runId ?? '';
