import { encodeBase64 } from '../base64.ts';
import { encodePng } from '../codecs/png.ts';
import { count, percent, plural } from './format.ts';
import { html, type Html } from './html.ts';
import type { Mistake, ReportData } from './report-data.ts';

/** The worst mistakes as network inputs: what the model saw, what it is, what was read, how sure. */
export function mistakesSection({ mistakes, mistakeCount, metrics }: ReportData): Html {
  if (mistakes.length === 0) return html`<p>No test image was misread.</p>`;
  const share = `${plural(mistakeCount, 'test image')} of ${count(metrics.count)} ${mistakeCount === 1 ? 'was' : 'were'} misread`;
  const shown = mistakes.length < mistakeCount ? `; the ${count(mistakes.length)} it was surest of` : '';
  return html`
    <p class="quiet">${share}${shown}. Each picture is what the network saw: the true class → what was read.</p>
    <ul class="mistakes">
      ${mistakes.map(figure)}
    </ul>
  `;
}

const figure = (mistake: Mistake): Html => {
  const { image, label, read, probability, source } = mistake;
  const picture = `data:image/png;base64,${encodeBase64(encodePng(image))}`;
  return html`
    <li>
      <img src="${picture}" width="64" height="64" alt="${label}, read as ${read}" />
      <b>${label} → ${read}</b><span>${percent(probability, 1)}</span><span>${source}</span>
    </li>
  `;
};
