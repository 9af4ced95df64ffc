// One page about one evaluation: a file of its own that needs no network, no script and no other file.

import { adaptable } from '../plots.ts';
import { head } from './head.ts';
import { html, trusted, type Html } from './html.ts';
import { mistakesSection } from './mistakes-section.ts';
import type { ChartName, Charts, ReportData } from './report-data.ts';
import { probabilitiesText, trainingText } from './prose.ts';
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
          <div class="pair">${chart('by-source')}${chart('class-distribution')}</div>
          <h2>By class</h2>
          <div class="pair">${classTable(data)}${chart('confusion')}</div>
          <h2>Training</h2>
          <div class="pair">
            <div>${trainingText(data)}</div>
            ${chart('curves')}
          </div>
          <h2>Probabilities and the threshold</h2>
          <div class="pair">
            <div>${probabilitiesText(data)}</div>
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
