import type { TopLevelSpec } from 'vega-lite';
import type { Proportion } from '../proportion.ts';
import { COLOUR, NEUTRAL, PLOT_WIDTH } from './theme.ts';

export interface SourceAccuracy {
  source: string;
  /** e.g. `challenger`, `champion 3`. At most two. */
  model: string;
  accuracy: Proportion;
}

/** Accuracy of each source with its 95 % interval, one line a model. */
export function bySourceSpec(accuracies: readonly SourceAccuracy[]): TopLevelSpec {
  const models = [...new Set(accuracies.map(({ model }) => model))];
  const sources = [...new Set(accuracies.map(({ source }) => source))];
  const lowest = Math.min(0.99, ...accuracies.map(({ accuracy }) => accuracy.low));
  const scale = { domain: [Math.floor(lowest * 100 - 0.5) / 100, 1], nice: false, zero: false };
  const values = accuracies.map(({ source, model, accuracy }) => ({ source, model, ...accuracy }));
  const y = {
    field: 'source',
    type: 'nominal' as const,
    sort: sources,
    title: null,
    axis: { ticks: false, domain: false },
  };
  const yOffset = { field: 'model', sort: models };
  const color = {
    field: 'model',
    type: 'nominal' as const,
    scale: { domain: models, range: [COLOUR.accent, NEUTRAL.muted] },
    legend: models.length > 1 ? { symbolOpacity: 1 } : null,
  };
  const x = (field: string) => ({
    field,
    type: 'quantitative' as const,
    title: 'accuracy, with the range it could well be (95 %)',
    scale,
    axis: { format: '.1~%', tickCount: 5 },
  });
  return {
    title: 'Accuracy by source',
    description: 'Accuracy of each source with its 95 % interval; the report has the same numbers as a table.',
    width: PLOT_WIDTH - 60,
    height: { step: models.length > 1 ? 24 : 40 },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.35, clip: true },
        encoding: { y, yOffset, color, x: x('low'), x2: { field: 'high' } },
      },
      { mark: { type: 'point', filled: true, size: 90, opacity: 1 }, encoding: { y, yOffset, color, x: x('value') } },
    ],
  };
}
