// Charts as SVG, without a browser, a canvas or a font. The only importer of Vega; no bytes are promised for its output.

import type { TopLevelSpec } from 'vega-lite';
import { bySourceSpec, type SourceAccuracy } from './plots/by-source.ts';
import { classDistributionSpec, type ClassCounts } from './plots/class-distribution.ts';
import { confusionSpec } from './plots/confusion.ts';
import { curvesSpec, type CurvePoint } from './plots/curves.ts';
import { reliabilitySpec, type ReliabilitySeries } from './plots/reliability-diagram.ts';
import { textWidth } from './plots/text-width.ts';
import { chartConfig } from './plots/theme.ts';

export type { ClassCounts, CurvePoint };
export { outlineText } from './plots/outline.ts';
export { adaptable } from './plots/theme.ts';

/** The part of Vega that its types leave out: how it measures text. */
interface TextMetrics {
  textMetrics: { width: (item: { fontSize?: number }, text: string | number | null | undefined) => number };
}

const DEFAULT_FONT_SIZE = 11;

/** Draws a chart. Vega is loaded at the first call: it is large, and most processes never draw. */
async function renderChart(name: string, spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  // Without a canvas Vega guesses 0.8 em a character, which leaves holes between labels and titles.
  (vega as unknown as TextMetrics).textMetrics.width = (item, text) =>
    textWidth(String(text ?? ''), item.fontSize ?? DEFAULT_FONT_SIZE);
  const compiled = vegaLite.compile(spec, { config: chartConfig });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none' });
  try {
    return ownIds(name, shortened(await view.toSVG()));
  } finally {
    view.finalize();
  }
}

/** Vega counts ids over the life of the process: a page with two charts needs them apart, a repetition needs them equal. */
function ownIds(name: string, svg: string): string {
  const ids = Array.from(svg.matchAll(/ id="([^"]+)"/g), (match) => match[1]!);
  return ids.reduce(
    (text, id, index) =>
      text.replaceAll(` id="${id}"`, ` id="${name}-${index}"`).replaceAll(`url(#${id})`, `url(#${name}-${index})`),
    svg,
  );
}

/** A hundredth of a pixel is enough; sixteen digits make charts twice as large. */
const shortened = (svg: string): string =>
  svg.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2))));

/** Loss and accuracy of training and validation over the training steps. */
export const curvesChart = (points: readonly CurvePoint[]): Promise<string> =>
  renderChart('curves', curvesSpec(points));

/** Samples of each class, stacked by source; classes in the order given, by default as they are met. */
export function classDistributionChart(counts: ClassCounts, classes?: readonly string[]): Promise<string> {
  const met = new Set(Object.values(counts).flatMap((byClass) => Object.keys(byClass)));
  return renderChart('class-distribution', classDistributionSpec(counts, classes ?? [...met]));
}

/** @param confusion [true class][class read], counts */
export const confusionChart = (
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): Promise<string> => renderChart('confusion', confusionSpec(confusion, classes));

/** Accuracy over the probability that the model gives, one line a series, at most two. */
export const reliabilityChart = (series: readonly ReliabilitySeries[]): Promise<string> =>
  renderChart('reliability', reliabilitySpec(series));

/** Accuracy of each source with its 95 % interval, for one model or two. */
export const bySourceChart = (accuracies: readonly SourceAccuracy[]): Promise<string> =>
  renderChart('by-source', bySourceSpec(accuracies));
