// What a person wants to know first: who won, and how good it is.

import type { Proportion } from '../proportion.ts';
import { count, interval, percent, plural, points } from './format.ts';
import { html, type Html } from './html.ts';
import type { ReportData } from './report-data.ts';

export const head = (data: ReportData): Html => html`
  <header>
    <h1>${data.model}: how well it reads</h1>
    <ul class="facts">
      ${Object.entries(data.facts).map(
        ([name, value]) => html`<li>${name} <b>${typeof value === 'number' ? count(value) : value}</b></li> `,
      )}
    </ul>
    <div class="${data.verdict.promoted ? 'verdict' : 'verdict kept'}">
      <strong>${data.verdict.promoted ? 'The gate says yes' : 'The gate says no'}</strong>
      ${sentence(data.verdict.reason)} ${comparison(data)}
    </div>
    <dl class="cards">${cards(data)}</dl>
  </header>
`;

const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};

function comparison({ champion, verdict }: ReportData): string {
  if (champion.state === 'none') return '';
  if (champion.state === 'unmeasured')
    return verdict.reason.includes(champion.reason) ? '' : `It could not be measured: ${champion.reason}.`;
  const { onlyChallenger, onlyChampion, chance } = champion.paired;
  const differing = `Of the same test digits it reads ${count(onlyChallenger)} right that ${champion.name} misreads, and misreads ${count(onlyChampion)} that ${champion.name} reads right`;
  const p = chance < 0.001 ? 'p < 0.001' : `p = ${chance.toFixed(3)}`;
  const meaning = chance < 0.05 ? `chance alone would rarely do that (${p})` : `chance alone could do that (${p})`;
  return `${differing}: ${meaning}.`;
}

function cards({ metrics, champion, threshold, calibration }: ReportData): Html[] {
  const { accuracy, recallAtThreshold, falseDigits } = metrics;
  const then = champion.state === 'measured' ? champion : undefined;
  const range = (share: Proportion | null): string | null => share && `95 % interval ${interval(share)}`;
  const against = (now: Proportion | null, before: Proportion | null | undefined): string | null =>
    now && then && before ? `${points(now.value - before.value)} points against ${then.name}` : null;
  const shown = [
    card('Accuracy', percent(accuracy?.value), [
      `of ${plural(metrics.digitCount, 'test digit')} read right`,
      range(accuracy),
      against(accuracy, then?.metrics.accuracy),
    ]),
    card('Recall', percent(recallAtThreshold?.value), [
      `of them read right and said, at p ≥ ${metrics.threshold}`,
      range(recallAtThreshold),
      against(recallAtThreshold, then?.metrics.recallAtThreshold),
      threshold.reached ? null : `the target of ${percent(threshold.recallTarget, 0)} was out of reach`,
    ]),
    falseDigits &&
      card('False digits', percent(falseDigits.value), [
        `of ${plural(falseDigits.of, 'test image')} without a digit`,
        range(falseDigits),
        against(falseDigits, then?.metrics.falseDigits),
      ]),
    card('Loss', metrics.loss.toFixed(4), [
      `mean cross-entropy over all ${metrics.classes.length} classes`,
      then ? `${then.metrics.loss.toFixed(4)} for ${then.name}` : null,
    ]),
    card('Calibration error', percent(metrics.calibrationError), [
      'a probability is off by this much on average',
      calibration ? `temperature ${calibration.temperature.toFixed(3)}` : 'no temperature was fitted',
    ]),
  ];
  return shown.filter((one) => one !== null);
}

const card = (name: string, figure: string, notes: (string | null)[]): Html => html`
  <div class="card">
    <dt>${name}</dt>
    <dd class="figure">${figure}</dd>
    ${notes.map((note) => note !== null && html`<dd class="note">${note}</dd> `)}
  </div>
`;
