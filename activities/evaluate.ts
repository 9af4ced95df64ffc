// Challenger and champion on the same samples. The trainer child answers for both; what their answers mean is worked out
// in a thread by measure.ts.

import { parseSplitsManifest, parseTrainingManifest, type ModelVersion } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import type { RunConfiguration } from '../config/schema.ts';
import type { EngineName } from '../ml/engine.ts';
import type { NetworkName } from '../ml/model.ts';
import { concurrently } from '../artifacts/concurrently.ts';
import { floatBytes, floatsOf, type EngineAccess } from './engine-access.ts';
import type { MeasureParameters, Predictions } from './measure.ts';
import type { StepContext, StepOutput } from './step.ts';
import type { OnnxInput, PublishedOutput } from './trainer/protocol.ts';
import type { Trainer } from './trainer/start-trainer.ts';

export type EvaluateParameters = RunConfiguration['evaluate'] & {
  model: string;
  /** Whom the challenger meets: null when there is none. */
  opponent: { version: number; digest: string } | null;
};

export interface EvaluateInputs extends Record<string, ArtifactRef> {
  training: ArtifactRef;
  splits: ArtifactRef;
  dataset: ArtifactRef;
}

export interface EvaluateAccess extends EngineAccess {
  /** Answers for the challenger. */
  engine: EngineName;
  /** The opponent's record. */
  readVersion(model: string, version: number): Promise<ModelVersion>;
  /** Runs measure.ts in a thread. */
  measure(parameters: MeasureParameters, inputs: EvaluateInputs): Promise<StepOutput>;
}

/** Safe to retry: only reads and writes content-named bytes. */
export async function compute(
  context: StepContext,
  parameters: EvaluateParameters,
  inputs: EvaluateInputs,
  access: EvaluateAccess,
): Promise<StepOutput> {
  const training = parseTrainingManifest(await context.read(inputs.training), inputs.training.key);
  const splits = parseSplitsManifest(await context.read(inputs.splits), inputs.splits.key);
  const files = async (refs: ArtifactRef[]): Promise<string[]> =>
    concurrently(refs, 2, (ref) => access.readToFile(ref));
  const validationFiles = await files(splits.splits.validation.inputs);
  const testFiles = await files(splits.splits.test.inputs);
  const opponent = parameters.opponent && (await access.readVersion(parameters.model, parameters.opponent.version));
  const unmeasured =
    opponent && whyUnmeasured(opponent, { classes: training.classes, preprocessing: splits.preprocessing });
  const weights = floatsOf(await context.read(training.weights));
  const classCount = training.classes.length;

  let isWhole = true;
  const { engine } = access;
  const predictions = await access.withTrainer(engine, async (trainer): Promise<Predictions> => {
    const logits = async (inputFiles: string[]): Promise<ArtifactRef> => {
      const parts: Float32Array[] = [];
      for (const inputsFile of inputFiles) {
        const network = training.network as NetworkName;
        parts.push((await trainer.predict({ engine, network, classCount, weights, inputsFile })).logits);
      }
      return context.write(Buffer.concat(parts.map(floatBytes)));
    };
    context.progress({ done: 0, total: 3, unit: 'splits', note: 'validation' });
    const validation = await logits(validationFiles);
    context.progress({ done: 1, total: 3, unit: 'splits', note: 'test' });
    const test = await logits(testFiles);
    if (!opponent) return { validation, test, opponent: null };
    const name = `${opponent.name} ${opponent.version}`;
    if (unmeasured) return { validation, test, opponent: { state: 'unmeasured', name, reason: unmeasured } };
    context.progress({ done: 2, total: 3, unit: 'splits', note: `champion ${opponent.version}` });
    const { threshold } = opponent;
    const answers = await opponentProbabilities(context, trainer, opponent, testFiles).catch((error: unknown) => {
      if (isDamaged(error)) return error.message;
      throw error;
    });
    if (typeof answers === 'string') {
      isWhole = false; // the champion's file may be mended by the next run
      return { validation, test, opponent: { state: 'unmeasured', name, reason: answers } };
    }
    const probabilities = await context.write(answers);
    return {
      validation,
      test,
      opponent: { state: 'measured', name, version: opponent.version, threshold, probabilities },
    };
  });
  context.progress({ done: 3, total: 3, unit: 'splits', note: 'figures and report' });
  const measured = await access.measure({ ...parameters, predictions }, inputs);
  return isWhole ? measured : { ...measured, reusable: false };
}

/** By its name: this module runs from a bundle of its own, with classes of its own. */
const isDamaged = (error: unknown): error is Error => error instanceof Error && error.name === 'DamagedArtifact';

/** The champion reads the challenger's inputs: that takes equal classes and equal preprocessing. */
function whyUnmeasured(
  { classes, preprocessing, deletedAt }: ModelVersion,
  challenger: { classes: string[]; preprocessing: string },
): string | undefined {
  if (deletedAt !== undefined) return 'it was withdrawn';
  if (classes.join('\n') !== challenger.classes.join('\n'))
    return `it reads other classes; publish.model gives this one a name of its own`;
  if (preprocessing !== challenger.preprocessing) return `its preprocessing is ${preprocessing}`;
  return undefined;
}

async function opponentProbabilities(
  context: StepContext,
  trainer: Trainer,
  opponent: ModelVersion,
  testFiles: string[],
): Promise<Uint8Array> {
  const file = opponent.files.find(({ path }) => path === 'model.onnx')!;
  const model = await context.read(file);
  const parts: Float32Array[] = [];
  for (const inputsFile of testFiles) {
    const input: OnnxInput = { model, classCount: opponent.classes.length, inputsFile };
    parts.push((await trainer.run<PublishedOutput>('onnx', input)).probabilities);
  }
  return Buffer.concat(parts.map(floatBytes));
}
