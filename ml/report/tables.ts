// Figures by source and by class.

import type { SampleMetrics } from '../metrics.ts';
import type { Proportion } from '../proportion.ts';
import { count, interval, NOTHING, percent, points } from './format.ts';
import { html, type Html } from './html.ts';
import type { ReportData } from './report-data.ts';

export function bySourceTable({ metrics, champion }: ReportData): Html {
  const then = champion.state === 'measured' ? champion.metrics : undefined;
  const sources = Object.entries(metrics.bySource);
  return html`
    <div class="panel scroll">
      <table class="stack">
        <thead>
          <tr>
            <th>source</th>
            <th>samples</th>
            <th>accuracy</th>
            ${then && html`<th>against the champion</th>`}
            <th>recall at the threshold</th>
            <th>wrong at the threshold</th>
            <th>false digits</th>
            <th>loss</th>
            <th>calibration error</th>
          </tr>
        </thead>
        <tbody>
          ${sources.map(([name, source]) => sourceRow(name, source, then && (then.bySource[name] ?? null), 'part'))}
          ${sourceRow('all', metrics, then, 'whole')}
        </tbody>
      </table>
    </div>
  `;
}

function sourceRow(
  name: string,
  metrics: SampleMetrics,
  then: SampleMetrics | null | undefined,
  kind: 'part' | 'whole',
): Html {
  const { accuracy, recallAtThreshold, wrongAtThreshold, falseDigits } = metrics;
  const difference = accuracy && then?.accuracy ? points(accuracy.value - then.accuracy.value) : NOTHING;
  return html`
    <tr class="${kind}">
      <td>${name}</td>
      <td data-name="samples">${count(metrics.count)}</td>
      <td data-name="accuracy">${percent(accuracy?.value)}${range(accuracy)}</td>
      ${then !== undefined && html`<td data-name="against the champion">${difference}</td>`}
      <td data-name="recall at the threshold">${percent(recallAtThreshold?.value)}</td>
      <td data-name="wrong at the threshold">${percent(wrongAtThreshold?.value)}</td>
      <td data-name="false digits">${percent(falseDigits?.value)}${range(falseDigits)}</td>
      <td data-name="loss">${metrics.loss.toFixed(4)}</td>
      <td data-name="calibration error">${percent(metrics.calibrationError)}</td>
    </tr>
  `;
}

const range = (share: Proportion | null): Html | null => share && html`<small>${interval(share)}</small>`;

export const classTable = ({ metrics, classes }: ReportData): Html => html`
  <div class="panel scroll">
    <table>
      <thead>
        <tr>
          <th>class</th>
          <th>samples</th>
          <th>precision</th>
          <th>recall</th>
          <th>F1</th>
          <th>most misread as</th>
        </tr>
      </thead>
      <tbody>
        ${metrics.classes.map(
          (row, index) => html`
            <tr>
              <td>${row.class}</td>
              <td>${count(row.support)}</td>
              <td>${percent(row.precision)}</td>
              <td>${percent(row.recall)}</td>
              <td>${percent(row.f1)}</td>
              <td>${mostOften(metrics.confusion[index] ?? [], index, classes)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>
`;

function mostOften(row: readonly number[], label: number, classes: readonly string[]): string {
  const wrong = row.map((value, read) => (read === label ? 0 : value));
  const most = Math.max(0, ...wrong);
  return most === 0 ? NOTHING : `${classes[wrong.indexOf(most)]} (${count(most)})`;
}
