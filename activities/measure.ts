// From answers to figures: temperature and threshold from the validation split, metrics of challenger and champion on the
// test split, the verdict, charts and the report. Runs in a thread; loads no engine.

import {
  encodeEvaluationManifest,
  parseDatasetManifest,
  parseMembers,
  parseSplitsManifest,
  parseTrainingManifest,
  type Headline,
} from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import { fitTemperature, foldTemperature } from '../ml/calibration.ts';
import { encodePng } from '../ml/codecs/png.ts';
import { judge } from '../ml/gate.ts';
import { measure, type Metrics } from '../ml/metrics.ts';
import { INPUT_SIZE, networks, parametersOf, weightsFromVector, type NetworkName } from '../ml/model.ts';
import { compareReadings } from '../ml/paired.ts';
import { logitsOf, softmax } from '../ml/probabilities.ts';
import { drawCharts } from '../ml/report/charts.ts';
import { findMistakes, mistakesSheet } from '../ml/report/mistakes.ts';
import { renderReport } from '../ml/report/report.ts';
import type { Champion, Mistake, ReportData } from '../ml/report/report-data.ts';
import type { TrainPoint } from '../ml/train.ts';
import { thresholdForRecall } from '../ml/threshold.ts';
import { floatBytes, floatsOf } from './engine-access.ts';
import type { EvaluateInputs, EvaluateParameters } from './evaluate.ts';
import { readImages, readLabels } from './measured-inputs.ts';
import type { StepContext, StepOutput } from './step.ts';
import { svgToPng } from './svg-to-png.ts';

/** Mistakes that a report shows: six rows of a sheet. */
const SHOWN_MISTAKES = 48;

/** What the engine answered: float32 blobs. */
export interface Predictions {
  /** Logits [samples, classes]. */
  validation: ArtifactRef;
  test: ArtifactRef;
  opponent:
    | null
    | { state: 'unmeasured'; name: string; reason: string }
    | { state: 'measured'; name: string; version: number; threshold: number; probabilities: ArtifactRef };
}

export type MeasureParameters = EvaluateParameters & { predictions: Predictions };

/** Safe to retry: a pure function of parameters and inputs. */
export async function compute(
  context: StepContext,
  parameters: MeasureParameters,
  inputs: EvaluateInputs,
): Promise<StepOutput> {
  const training = parseTrainingManifest(await context.read(inputs.training), inputs.training.key);
  const splits = parseSplitsManifest(await context.read(inputs.splits), inputs.splits.key);
  const dataset = parseDatasetManifest(await context.read(inputs.dataset), inputs.dataset.key);
  const { classes } = training;
  const { predictions, recallTarget } = parameters;
  const validationLabels = await readLabels(context, splits.splits.validation.inputs);
  const { inputs: testInputs, members } = splits.splits.test;
  const testLabels = await readLabels(context, testInputs);
  const { sources: testSources } = parseMembers(await context.read(members), members.key);
  const validationLogits = floatsOf(await context.read(predictions.validation));
  const testLogits = floatsOf(await context.read(predictions.test));

  const calibration = parameters.calibrate ? fitTemperature(validationLogits, validationLabels, classes.length) : null;
  const temperature = calibration?.temperature ?? 1;
  const calibratedValidation = softmax(validationLogits, classes.length, temperature);
  const threshold = thresholdForRecall(calibratedValidation, validationLabels, classes, recallTarget);
  const sources = { names: dataset.sources.map(({ name }) => name), indices: testSources };
  const figures = (logits: Float32Array, limit: number): Metrics =>
    measure({ classes, logits, labels: testLabels, threshold: limit, sources });
  const calibratedLogits = testLogits.map((logit) => logit / temperature);
  const metrics = figures(calibratedLogits, threshold.threshold);
  const uncalibrated = figures(testLogits, threshold.threshold);
  const champion = await measureOpponent();

  async function measureOpponent(): Promise<Champion> {
    const { opponent } = predictions;
    if (opponent === null) return { state: 'none' };
    if (opponent.state === 'unmeasured') return { state: 'unmeasured', reason: opponent.reason };
    const answers = floatsOf(await context.read(opponent.probabilities));
    return {
      state: 'measured',
      name: opponent.name,
      metrics: figures(logitsOf(answers), opponent.threshold),
      paired: compareReadings(calibratedLogits, answers, testLabels, classes),
    };
  }

  const headline = headlineOf(metrics, uncalibrated.calibrationError);
  const verdict = judge(headline, opponentFigures(champion));
  const probabilities = softmax(testLogits, classes.length, temperature);
  const misread = findMistakes(probabilities, testLabels, classes.length);
  const shown = misread.slice(0, SHOWN_MISTAKES);
  const shownSamples = shown.map(({ sample }) => sample);
  const images = await readImages(context, testInputs, shownSamples);
  const mistakes = shown.map(({ sample, read, probability }, i): Mistake => ({
    image: { pixels: images[i]!, width: INPUT_SIZE, height: INPUT_SIZE },
    label: classes[testLabels[sample]!]!,
    read: classes[read]!,
    probability,
    source: sources.names[testSources[sample]!]!,
  }));
  const history = JSON.parse(Buffer.from(await context.read(training.history)).toString()) as TrainPoint[];
  const data: ReportData = {
    model: parameters.model,
    classes,
    metrics,
    champion,
    verdict,
    threshold: { ...threshold, recallTarget },
    calibration,
    uncalibrated: calibration === null ? [] : uncalibrated.reliability,
    curves: history,
    counts: dataset.counts,
    splits: Object.fromEntries(Object.entries(splits.splits).map(([name, { sampleCount }]) => [name, sampleCount])),
    mistakes,
    mistakeCount: misread.length,
    facts: {
      dataset: dataset.name,
      network: training.network,
      preprocessing: splits.preprocessing,
      'training steps': training.trainSteps,
      'batch size': training.batchSize,
      'test samples also in training': Number(splits.leakage['testPixelsInTrain'] ?? 0),
    },
    configuration: {
      evaluate: { recallTarget, calibrate: parameters.calibrate },
      engine: training.engine,
      leakage: splits.leakage,
    },
    reproduce: ['npx digitflow show latest', 'npx digitflow train --watch'],
    links: [],
  };
  context.progress({ done: 1, total: 3, unit: 'parts', note: 'charts' });
  const charts = await drawCharts(data);
  const plots = Object.fromEntries(
    await Promise.all(
      Object.entries(charts).map(async ([name, svg]) => [
        name,
        { svg: await context.write(Buffer.from(svg)), png: await context.write(await svgToPng(svg)) },
      ]),
    ),
  ) as Record<string, { svg: ArtifactRef; png: ArtifactRef }>;
  context.progress({ done: 2, total: 3, unit: 'parts', note: 'report' });
  const report = await context.write(Buffer.from(renderReport(data, charts)));

  const layers = networks[training.network as NetworkName];
  const shapes = parametersOf(layers, classes.length);
  const weights = weightsFromVector(shapes, floatsOf(await context.read(training.weights)));
  const folded = foldTemperature(weights, layers, temperature);
  const calibratedWeights = Buffer.concat(shapes.map(({ name }) => floatBytes(folded.get(name)!)));
  const manifest = encodeEvaluationManifest({
    schemaVersion: 1,
    kind: 'evaluation',
    training: inputs.training,
    splits: inputs.splits,
    classes,
    temperature,
    threshold: threshold.threshold,
    metrics: await context.write(Buffer.from(JSON.stringify(metrics))),
    headline,
    ...(champion.state === 'measured' &&
      predictions.opponent?.state === 'measured' && {
        champion: {
          name: parameters.model,
          version: predictions.opponent.version,
          headline: headlineOf(champion.metrics, champion.metrics.calibrationError),
        },
      }),
    verdict,
    opponent: parameters.opponent,
    plots,
    mistakes: await context.write(encodePng(mistakesSheet(mistakes))),
    report,
    probabilities: await context.write(floatBytes(probabilities)),
    calibratedWeights: await context.write(calibratedWeights),
  });
  const { accuracy, loss, bySource, falseDigitRate, eceAfter } = headline;
  return {
    output: await context.write(manifest),
    summary: {
      accuracy,
      ...(falseDigitRate !== undefined && { falseDigitRate }),
      threshold: threshold.threshold,
      eceAfter,
      test: { accuracy, loss, bySource },
      report,
    },
  };
}

/** @param eceBefore of the same samples before the temperature */
function headlineOf(metrics: Metrics, eceBefore: number): Headline {
  const digits = Object.entries(metrics.bySource).filter(([, { digitCount }]) => digitCount > 0);
  return {
    accuracy: metrics.accuracy?.value ?? 0,
    loss: metrics.loss,
    bySource: Object.fromEntries(
      digits.map(([name, { accuracy, recallAtThreshold, digitCount }]) => [
        name,
        { accuracy: accuracy?.value ?? 0, recallAtThreshold: recallAtThreshold?.value ?? 0, count: digitCount },
      ]),
    ),
    ...(metrics.falseDigits && { falseDigitRate: metrics.falseDigits.value }),
    eceBefore,
    eceAfter: metrics.calibrationError,
  };
}

function opponentFigures(champion: Champion) {
  if (champion.state === 'none') return undefined;
  if (champion.state === 'unmeasured') return champion.reason;
  const { accuracy, falseDigits } = champion.metrics;
  return { accuracy: accuracy?.value ?? 0, falseDigitRate: falseDigits?.value };
}
