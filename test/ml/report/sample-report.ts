// A small evaluation as a report tells it, made from seeded logits.

import { fitTemperature } from '../../../ml/calibration.ts';
import { measure } from '../../../ml/metrics.ts';
import { compareReadings } from '../../../ml/paired.ts';
import { softmax } from '../../../ml/probabilities.ts';
import { createRandom } from '../../../ml/random.ts';
import { findMistakes } from '../../../ml/report/mistakes.ts';
import type { ReportData } from '../../../ml/report/report-data.ts';
import { thresholdForRecall } from '../../../ml/threshold.ts';

const COUNT = 600;
const NAMES = ['print', 'handwriting', 'negatives'];

/** A report about a network of the given classes that misreads about one sample in ten. */
export function sampleReport(classes: readonly string[] = ['0', '1', '2', 'none']): ReportData {
  const random = createRandom(31);
  const none = classes.indexOf('none');
  const digits = classes.length - (none < 0 ? 0 : 1);
  const indices = Uint8Array.from({ length: COUNT }, (_, sample) => sample % (none < 0 ? 2 : 3));
  const labels = Int32Array.from(indices, (source) => (source === 2 ? none : random.integer(digits)));
  const draw = (): Float32Array =>
    Float32Array.from(
      { length: COUNT * classes.length },
      (_, index) => random.normal() + (index % classes.length === labels[Math.floor(index / classes.length)] ? 2.5 : 0),
    );
  const [logits, championLogits] = [draw(), draw()];
  const probabilities = softmax(logits, classes.length);
  const threshold = { recallTarget: 0.8, ...thresholdForRecall(probabilities, labels, classes, 0.8) };
  const metricsOf = (of: Float32Array) =>
    measure({ classes, logits: of, labels, threshold: threshold.threshold, sources: { names: NAMES, indices } });
  const metrics = metricsOf(logits);
  const found = findMistakes(probabilities, labels, classes.length);
  return {
    model: 'digits',
    classes,
    metrics,
    champion: {
      state: 'measured',
      name: 'digits 3',
      metrics: metricsOf(championLogits),
      paired: compareReadings(logits, championLogits, labels, classes),
    },
    verdict: { promoted: true, reason: 'not worse than the champion' },
    threshold,
    calibration: fitTemperature(logits, labels, classes.length),
    uncalibrated: metrics.reliability,
    curves: [150, 300].map((trainStep) => ({
      trainStep,
      loss: 30 / trainStep,
      accuracy: 0.9,
      validation: { loss: 36 / trainStep, accuracy: 0.89 },
    })),
    counts: { print: { 0: 5, 1: 6 }, handwriting: { 2: 7 } },
    splits: { train: 1_200, validation: 300, test: COUNT },
    mistakes: found.slice(0, 5).map(({ sample, read, probability }) => ({
      image: { width: 32, height: 32, pixels: Uint8Array.from({ length: 1024 }, () => random.integer(256)) },
      label: classes[labels[sample]!]!,
      read: classes[read]!,
      probability,
      source: NAMES[indices[sample]!]!,
    })),
    mistakeCount: found.length,
    facts: { network: 'compact', 'training steps': 3_000 },
    configuration: { train: { seed: 1 } },
    reproduce: ['npx digitflow train --set train.seed=1'],
    links: [{ text: 'metrics', href: 'metrics.json' }],
  };
}
