// Two models beside each other as one page: a file of its own, as the report of one evaluation is.

import { encodeBase64 } from '../base64.ts';
import { encodePng } from '../codecs/png.ts';
import type { PairedShare } from '../comparison.ts';
import type { GrayImage } from '../image/gray-image.ts';
import type { Proportion } from '../proportion.ts';
import { count, interval, NOTHING, percent, plural, points } from './format.ts';
import { html, trusted, type Html } from './html.ts';
import { styles } from './styles.ts';

export interface ComparedRow {
  /** Slice; `all` for the whole. */
  slice: string;
  /** e.g. `accuracy`. */
  name: string;
  a: Proportion | null;
  b: Proportion | null;
  paired: PairedShare | null;
}

export interface DifferentSample {
  image: GrayImage;
  /** Where it came from. */
  sample: string;
  label: string;
  source: string;
  /** What each says: a digit, `uncertain` or `none`; of the likeliest digit its probability. */
  a: { said: string; digit: string; probability: number };
  b: { said: string; digit: string; probability: number };
}

export interface ComparePage {
  a: string;
  b: string;
  /** Name, and each one's value. */
  facts: readonly (readonly [name: string, a: string, b: string])[];
  /** What the differences were counted on. */
  test: string;
  /** Who reads better; empty where nothing is known. */
  verdict: string;
  /** Who reads better where the difference in accuracy is hardly chance. */
  better: 'A' | 'B' | undefined;
  rows: readonly ComparedRow[];
  loss: readonly [a: number, b: number];
  calibrationError: readonly [a: number, b: number];
  /** Undefined where it is not known any more. */
  configuration: readonly (readonly [key: string, a: string, b: string])[] | undefined;
  /** Sentences. */
  made: readonly string[];
  onlyA: readonly DifferentSample[];
  onlyB: readonly DifferentSample[];
  neither: readonly DifferentSample[];
  /** How many there are; lists may be shorter. */
  counts: { onlyA: number; onlyB: number; neither: number };
}

const MORE_STYLES = `
.sides { margin: 8px 0 20px; }
.sides td, .sides th { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.kind { margin-top: 20px; }
.mistakes.wide { grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); }
.mistakes .wrong { color: var(--wary); }
.mistakes .right { color: var(--good); }
`;

/** @returns a whole HTML document */
export function renderComparison(page: ComparePage): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${page.a} and ${page.b}</title>
        <style>
          ${trusted(styles + MORE_STYLES)}
        </style>
      </head>
      <body>
        <main>
          ${head(page)}
          <h2>Figures</h2>
          <p class="quiet">
            With 95 % intervals. B − A in percentage points, with the interval of the difference on the samples that
            both have, and how often chance alone would part two equal models as far.
          </p>
          ${figures(page)}
          <h2>What differs</h2>
          ${configuration(page)} ${made(page)}
          <h2>What they say differently</h2>
          <p class="quiet">
            Each picture is what the networks saw. What is said is a digit at the threshold, <b>uncertain</b> or
            <b>none</b>; the probability is that of the likeliest digit.
          </p>
          ${samples('Only A is right', page.onlyA, page.counts.onlyA)}
          ${samples('Only B is right', page.onlyB, page.counts.onlyB)}
          ${samples('Neither is right', page.neither, page.counts.neither)}
        </main>
      </body>
    </html> `.markup;
}

const head = ({ a, b, facts, test, verdict, better, loss, calibrationError }: ComparePage): Html => html`
  <header>
    <h1>${a} beside ${b}</h1>
    <div class="panel scroll sides">
      <table>
        <thead>
          <tr>
            <th></th>
            <th>A</th>
            <th>B</th>
          </tr>
        </thead>
        <tbody>
          ${[
            ...facts,
            ['loss', loss[0].toFixed(4), loss[1].toFixed(4)] as const,
            ['calibration error', percent(calibrationError[0]), percent(calibrationError[1])] as const,
          ].map(
            ([name, ofA, ofB]) => html`
              <tr>
                <td>${name}</td>
                <td>${ofA}</td>
                <td>${ofB}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
    <div class="${better === undefined ? 'verdict kept' : 'verdict'}">
      ${verdict !== '' && html`<strong>${better === undefined ? 'No clear difference' : `${better} reads better`}</strong>`}
      ${verdict} ${test}
    </div>
  </header>
`;

const figures = ({ rows }: ComparePage): Html => html`
  <div class="panel scroll">
    <table class="stack">
      <thead>
        <tr>
          <th>slice</th>
          <th>share</th>
          <th>A</th>
          <th>B</th>
          <th>B − A</th>
          <th>chance</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ slice, name, a, b, paired }) => html`
            <tr class="${slice === 'all' ? 'whole' : 'part'}">
              <td>${slice}</td>
              <td data-name="share">${name}</td>
              <td data-name="A">${share(a)}</td>
              <td data-name="B">${share(b)}</td>
              <td data-name="B − A">${difference(paired)}</td>
              <td data-name="chance">${paired === null ? NOTHING : chance(paired.chance)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>
`;

const share = (value: Proportion | null): Html =>
  html`${percent(value?.value)}${value && html`<small>${interval(value)}</small>`}`;

const difference = (paired: PairedShare | null): Html =>
  paired === null
    ? html`${NOTHING}`
    : html`${points(paired.difference)}<small>${points(paired.low)} … ${points(paired.high)}</small>`;

const chance = (value: number): string => (value < 0.001 ? '< 0.001' : value.toFixed(3));

function configuration({ configuration: changes }: ComparePage): Html {
  if (changes === undefined) return html`<p>Their configurations are not known any more: a run was collected.</p>`;
  if (changes.length === 0) return html`<p>Their configurations are the same.</p>`;
  return html`
    <div class="panel scroll sides">
      <table>
        <thead>
          <tr>
            <th>configuration</th>
            <th>A</th>
            <th>B</th>
          </tr>
        </thead>
        <tbody>
          ${changes.map(
            ([key, a, b]) => html`
              <tr>
                <td>${key}</td>
                <td>${a}</td>
                <td>${b}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

const made = ({ made: sentences }: ComparePage): Html =>
  sentences.length === 0
    ? html`<p>Code, packages and engine are the same.</p>`
    : html`<details>
        <summary>${plural(sentences.length, 'difference')} in code, packages and engine</summary>
        <pre>${sentences.join('\n')}</pre>
      </details>`;

function samples(title: string, shown: readonly DifferentSample[], all: number): Html {
  if (all === 0) return html`<p class="kind"><b>${title}</b>: no sample.</p>`;
  const cut = shown.length < all ? `; the ${count(shown.length)} surest` : '';
  return html`
    <p class="kind"><b>${title}</b>: ${plural(all, 'sample')}${cut}.</p>
    <ul class="mistakes wide">
      ${shown.map(sample)}
    </ul>
  `;
}

const sample = ({ image, sample: name, label, source, a, b }: DifferentSample): Html => {
  const picture = `data:image/png;base64,${encodeBase64(encodePng(image))}`;
  const word = (who: string, { said, digit, probability }: DifferentSample['a']): Html =>
    html`<span class="${said === label ? 'right' : 'wrong'}"
      >${who}: ${said}${said !== digit && ` (${digit})`} ${percent(probability, 1)}</span
    >`;
  return html`
    <li title="${name}">
      <img src="${picture}" width="64" height="64" alt="${label}: A says ${a.said}, B says ${b.said}" />
      <b>${label}</b>${word('A', a)}${word('B', b)}<span>${source}</span>
    </li>
  `;
};
