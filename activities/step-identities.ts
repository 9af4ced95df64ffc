// What names each step's result in this worker: the code it runs, its engine, the champion of now. Asked by the step's own
// activity and by the look for finished steps, so that both mean the same.

import type { ArtifactRef, Store } from '../artifacts/store.ts';
import type { EngineFingerprint, EngineName } from '../ml/engine.ts';
import type { AugmentParameters } from './augment.ts';
import type { AugmentPartParameters } from './augment-part.ts';
import { combineCode, type StepCode } from './code-units.ts';
import type { EvaluateInputs, EvaluateParameters } from './evaluate.ts';
import type { IngestParameters } from './ingest.ts';
import { findOpponent } from './opponent.ts';
import type { PreprocessParameters } from './preprocess.ts';
import type { StepIdentity } from './step-key.ts';
import type { TrainStepParameters } from './train.ts';

export interface TrainInputs extends Record<string, ArtifactRef> {
  pool: ArtifactRef;
  splits: ArtifactRef;
}

/** Without the opponent, which the worker looks up, and with the engine, which stands in the key by its fingerprint. */
export type EvaluateCall = Omit<EvaluateParameters, 'opponent'> & {
  /** @default tfjs-node: runs that began before there was another */
  engine?: EngineName;
};

export interface StepIdentityDependencies {
  store: Store;
  code: StepCode;
  /** Of an engine as a trainer of this worker has it. @throws when the engine isn't set up */
  fingerprint: (engine: EngineName) => Promise<EngineFingerprint>;
}

export type StepIdentities = ReturnType<typeof createStepIdentities>;

/** One a worker. */
export function createStepIdentities({ store, code, fingerprint }: StepIdentityDependencies) {
  const ingestion = combineCode(code.ingest, code['decode-thread']);
  const training = combineCode(code.train, code.trainer);
  const evaluation = combineCode(code.evaluate, code.measure, code.trainer);
  return {
    /** @param parameters with what pins the source's content */
    ingest: (parameters: IngestParameters & { identity: Record<string, unknown> }) =>
      ({ step: 'ingest', parameters, inputs: {}, codeIdentity: ingestion }) satisfies StepIdentity,

    preprocess: (parameters: PreprocessParameters, inputs: { dataset: ArtifactRef }) =>
      ({ step: 'preprocess', parameters, inputs, codeIdentity: code.preprocess.identity }) satisfies StepIdentity,

    augmentPart: (parameters: AugmentPartParameters, inputs: { splits: ArtifactRef }) =>
      ({ step: 'augment', parameters, inputs, codeIdentity: code['augment-part'].identity }) satisfies StepIdentity,

    augment: (parameters: AugmentParameters, inputs: Record<string, ArtifactRef>) =>
      ({ step: 'augment', parameters, inputs, codeIdentity: code.augment.identity }) satisfies StepIdentity,

    /** The engine stands in the key by its fingerprint alone, so that one may be taken for another where people allow it. */
    train: async ({ engine, ...parameters }: TrainStepParameters, inputs: TrainInputs) =>
      ({
        step: 'train',
        parameters,
        inputs,
        codeIdentity: training,
        engine: await fingerprint(engine),
      }) satisfies StepIdentity,

    evaluate: async ({ engine = 'tfjs-node', ...parameters }: EvaluateCall, inputs: EvaluateInputs) =>
      ({
        step: 'evaluate',
        parameters: { ...parameters, opponent: await findOpponent(store, parameters.model, inputs.training) },
        inputs,
        codeIdentity: evaluation,
        engine: await fingerprint(engine),
      }) satisfies StepIdentity,
  };
}
