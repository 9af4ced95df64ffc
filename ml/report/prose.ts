// What the charts mean, in sentences with this evaluation's numbers.

import { count, percent, plural } from './format.ts';
import { html, type Html } from './html.ts';
import type { ReportData } from './report-data.ts';

export function trainingText({ curves, splits }: ReportData): Html {
  const last = curves.at(-1);
  const end =
    last &&
    `After ${plural(last.trainStep, 'training step')} the network read ${percent(last.validation.accuracy)} of the validation split right, with a loss of ${last.validation.loss.toFixed(4)}; of the training samples ${percent(last.accuracy)}, with ${last.loss.toFixed(4)}.`;
  const sizes = Object.entries(splits).map(([name, samples]) => `${name} ${count(samples)}`);
  return html`
    <p>${end ?? 'No curve was kept.'} Training samples are augmented, so they may be harder than those measured on.</p>
    <p>
      Samples in each split: ${sizes.join(', ')}. Unless said otherwise, figures of this page are of the test split,
      looked at once.
    </p>
  `;
}

export const probabilitiesText = (data: ReportData): Html => html`
  <p>${thresholdSentence(data)}</p>
  <p>
    The decision is <b>none</b> if none is likelier than every digit, <b>digit</b> if the likeliest digit reaches the
    threshold, else <b>uncertain</b>. ${decisionsSentence(data)}
  </p>
  <p>${calibrationSentence(data)}</p>
`;

const thresholdSentence = ({ threshold }: ReportData): string =>
  threshold.reached
    ? `The threshold ${threshold.threshold} is the highest that still keeps ${percent(threshold.recallTarget, 1)} of the validation digits, said and right.`
    : `No threshold keeps ${percent(threshold.recallTarget, 1)} of the validation digits, so it is 0, which keeps ${percent(threshold.recall)}.`;

function decisionsSentence({ metrics }: ReportData): string {
  const { digit, uncertain, none } = metrics.decisions;
  return `On the test split: ${count(digit)} digit, ${count(uncertain)} uncertain, ${count(none)} none.`;
}

function calibrationSentence({ calibration }: ReportData): string {
  if (calibration === null) return 'Probabilities are the network’s own: no temperature was fitted.';
  const { temperature, errorBefore, errorAfter, lossBefore, lossAfter } = calibration;
  return `A temperature of ${temperature.toFixed(3)}, fitted on the validation split and folded into the last layer, takes the calibration error there from ${percent(errorBefore)} to ${percent(errorAfter)} and the loss from ${lossBefore.toFixed(4)} to ${lossAfter.toFixed(4)}.`;
}
