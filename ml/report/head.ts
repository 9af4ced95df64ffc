// What a person wants to know first: who won, and how good it is.

import type { Proportion } from '../proportion.ts';
import { count, interval, percent, plural, points } from './format.ts';
import { html, type Html } from './html.ts';
import type { Champion, ReportData } from './report-data.ts';

export const head = (data: ReportData): Html => html`
  <header>
    <h1>${data.model}: how well it reads</h1>
    <ul class="facts">
      ${Object.entries(data.facts).map(
        ([name, value]) => html`<li>${name} <b>${typeof value === 'number' ? count(value) : value}</b></li> `,
      )}
    </ul>
    <div class="${data.verdict.promoted ? 'verdict' : 'verdict kept'}">
      <strong>${data.verdict.promoted ? 'Becomes champion' : 'The champion stays'}</strong>
      ${sentence(data.verdict.reason)} ${paired(data.champion)}
    </div>
    <dl class="cards">${cards(data)}</dl>
  </header>
`;

const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};

function paired(champion: Champion): string {
  if (champion.state !== 'measured') return '';
  const { onlyChallenger, onlyChampion, chance } = champion.paired;
  const differing = `Of the same test digits it reads ${count(onlyChallenger)} right that ${champion.name} misreads, and misreads ${count(onlyChampion)} that ${champion.name} reads right`;
  const p = chance < 0.001 ? 'p < 0.001' : `p = ${chance.toFixed(3)}`;
  const verdict = chance < 0.05 ? `chance alone would rarely do that (${p})` : `chance alone could do that (${p})`;
  return `${differing}: ${verdict}.`;
}

function cards({ metrics, champion, threshold, calibration }: ReportData): Html[] {
  const before = champion.state === 'measured' ? champion.metrics : undefined;
  const against = (now: Proportion | null, then: Proportion | null | undefined): string =>
    now && then ? ` · ${points(now.value - then.value)} points against ${championName(champion)}` : '';
  const loss = before ? ` · ${before.loss.toFixed(4)} for ${championName(champion)}` : '';
  const missed = threshold.reached ? '' : ` · the target of ${percent(threshold.recallTarget, 0)} was out of reach`;
  return [
    card(
      'Accuracy',
      percent(metrics.accuracy?.value),
      `digits read right, of ${plural(metrics.digitCount, 'test digit')}; 95 %: ${interval(metrics.accuracy)}${against(metrics.accuracy, before?.accuracy)}`,
    ),
    card(
      'Recall at the threshold',
      percent(metrics.recallAtThreshold?.value),
      `digits read right and said at p ≥ ${metrics.threshold}; 95 %: ${interval(metrics.recallAtThreshold)}${against(metrics.recallAtThreshold, before?.recallAtThreshold)}${missed}`,
    ),
    metrics.falseDigits &&
      card(
        'False digits',
        percent(metrics.falseDigits.value),
        `of ${plural(metrics.falseDigits.of, 'test image')} without a digit; 95 %: ${interval(metrics.falseDigits)}${against(metrics.falseDigits, before?.falseDigits)}`,
      ),
    card('Loss', metrics.loss.toFixed(4), `mean cross-entropy over all ${metrics.classes.length} classes${loss}`),
    card(
      'Calibration error',
      percent(metrics.calibrationError),
      calibration
        ? `a probability is off by this much on average; temperature ${calibration.temperature.toFixed(3)}`
        : 'a probability is off by this much on average; no temperature was fitted',
    ),
  ].filter((shown) => shown !== null);
}

const championName = (champion: Champion): string => (champion.state === 'measured' ? champion.name : 'the champion');

const card = (name: string, figure: string, note: string): Html => html`
  <div class="card">
    <dt>${name}</dt>
    <dd class="figure">${figure}</dd>
    <dd class="note">${note}</dd>
  </div>
`;
