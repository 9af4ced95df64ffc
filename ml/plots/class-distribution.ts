import type { TopLevelSpec } from 'vega-lite';
import { NEUTRAL, PLOT_WIDTH } from './theme.ts';

/** Source → class name → number of samples. */
export type ClassCounts = Record<string, Record<string, number>>;

/** Samples of each class, stacked by source, with the total on top. */
export function classDistributionSpec(counts: ClassCounts, classes: readonly string[]): TopLevelSpec {
  const values = Object.entries(counts).flatMap(([source, byClass]) =>
    classes.map((name) => ({ source, class: name, count: byClass[name] ?? 0 })),
  );
  const x = { field: 'class', type: 'nominal' as const, sort: [...classes], title: 'class', axis: { labelAngle: 0 } };
  return {
    title: 'Samples of each class',
    description: 'Bars: number of samples of each class, stacked by source.',
    width: PLOT_WIDTH,
    height: 200,
    data: { values },
    layer: [
      {
        mark: { type: 'bar', cornerRadius: 1 },
        encoding: {
          x,
          y: { field: 'count', type: 'quantitative', title: 'samples', axis: { format: ',d', tickCount: 5 } },
          color: { field: 'source', type: 'nominal', sort: Object.keys(counts) },
          order: { field: 'source', sort: 'ascending' },
        },
      },
      {
        mark: { type: 'text', baseline: 'bottom', dy: -3, fontSize: 11, color: NEUTRAL.muted },
        encoding: {
          x,
          y: { aggregate: 'sum', field: 'count', type: 'quantitative' },
          text: { aggregate: 'sum', field: 'count', format: ',d' },
        },
      },
    ],
  };
}
