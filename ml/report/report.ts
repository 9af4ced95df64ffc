// One page about one evaluation: a file of its own that needs no network, no script and no other file.

import { adaptable } from '../plots.ts';
import { count, percent, plural } from './format.ts';
import { head } from './head.ts';
import { html, trusted, type Html } from './html.ts';
import { mistakesSection } from './mistakes-section.ts';
import type { ChartName, Charts, ReportData } from './report-data.ts';
import { styles } from './styles.ts';
import { bySourceTable, classTable } from './tables.ts';

/**
 * Writes the report.
 * @param charts SVG of each chart, from `drawCharts`
 * @returns a whole HTML document
 */
export function renderReport(data: ReportData, charts: Charts): string {
  const chart = (name: ChartName): Html => figureOf(charts[name]);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${data.model}: evaluation</title>
        <style>
          ${trusted(styles)}
        </style>
      </head>
      <body>
        <main>
          ${head(data)}
          <h2>By source</h2>
          ${bySourceTable(data)}
          <div class="charts">${chart('by-source')}${chart('curves')}</div>
          <h2>By class</h2>
          ${classTable(data)}
          <div class="charts">${chart('confusion')}${chart('class-distribution')}</div>
          <p class="quiet">${splitSentence(data.splits)}</p>
          <h2>Probabilities and the threshold</h2>
          <div class="charts">
            <div>
              <p>${thresholdSentence(data)}</p>
              <p>${calibrationSentence(data)}</p>
            </div>
            ${chart('reliability')}
          </div>
          <h2>The worst mistakes</h2>
          ${mistakesSection(data)} ${closing(data)}
        </main>
      </body>
    </html> `;
  return page.markup;
}

const figureOf = (svg: string): Html => html`<figure class="panel">${trusted(adaptable(svg))}</figure>`;

const splitSentence = (splits: Record<string, number>): string =>
  `Samples in each split: ${Object.entries(splits)
    .map(([name, samples]) => `${name} ${count(samples)}`)
    .join(', ')}. The figures above are of the test split, which was looked at once.`;

function thresholdSentence({ threshold, metrics }: ReportData): string {
  const { digit, uncertain, none } = metrics.decisions;
  const chosen = threshold.reached
    ? `The threshold ${threshold.threshold} is the highest that still keeps ${percent(threshold.recallTarget, 1)} of the validation digits, said and right`
    : `No threshold keeps ${percent(threshold.recallTarget, 1)} of the validation digits; at 0 it is ${percent(threshold.recall)}`;
  const said = `On the test split that makes ${plural(digit, 'digit')}, ${count(uncertain)} uncertain and ${count(none)} none`;
  return `${chosen}. ${said}. The decision is none if none is likelier than every digit, digit if the likeliest digit reaches the threshold, else uncertain.`;
}

function calibrationSentence({ calibration }: ReportData): string {
  if (calibration === null) return 'Probabilities are the network’s own: no temperature was fitted.';
  const { temperature, errorBefore, errorAfter, lossBefore, lossAfter } = calibration;
  return `A temperature of ${temperature.toFixed(3)}, fitted on the validation split and folded into the last layer, takes the calibration error there from ${percent(errorBefore)} to ${percent(errorAfter)} and the loss from ${lossBefore.toFixed(4)} to ${lossAfter.toFixed(4)}.`;
}

const closing = ({ configuration, links, reproduce }: ReportData): Html => html`
  <h2>Make it again</h2>
  <p class="quiet">The same code, configuration and data give the same model on a machine of the same kind.</p>
  <pre>${reproduce.join('\n')}</pre>
  <details>
    <summary>The whole configuration</summary>
    <pre>${JSON.stringify(configuration, null, 2)}</pre>
  </details>
  ${links.length > 0 && html`<footer class="facts">${links.map(({ text, href }) => html`<a href="${href}">${text}</a> `)}</footer>`}
`;
