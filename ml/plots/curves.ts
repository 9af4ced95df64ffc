import type { TopLevelSpec } from 'vega-lite';
import { COLOUR, NEUTRAL, PLOT_WIDTH } from './theme.ts';

/** Where training stood after a training step; a point of the history that `train` keeps fits. */
export interface CurvePoint {
  trainStep: number;
  /** Mean cross-entropy of the batches since the point before. */
  loss: number;
  /** 0–1 */
  accuracy: number;
  validation: { loss: number; accuracy: number };
}

const SERIES = ['training', 'validation'];
// The first steps are all fall: drawn to scale they would press everything of interest into one line.
const SHOWN_FROM = 0.15;
const DECADES = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100];

/** Loss (logarithmic) and accuracy of training and validation over the training steps. */
export function curvesSpec(points: readonly CurvePoint[]): TopLevelSpec {
  const losses = points.flatMap(({ trainStep, loss, validation }) => [
    { trainStep, series: 'training', value: loss },
    { trainStep, series: 'validation', value: validation.loss },
  ]);
  const accuracies = points.flatMap(({ trainStep, accuracy, validation }) => [
    { trainStep, series: 'training', value: accuracy },
    { trainStep, series: 'validation', value: validation.accuracy },
  ]);
  const lastStep = points.at(-1)?.trainStep ?? 0;
  const settled = accuracies.filter(
    ({ trainStep, value }) => value !== undefined && trainStep >= lastStep * SHOWN_FROM,
  );
  const lowest = Math.min(1, ...settled.map(({ value }) => value));
  return {
    title: 'Loss and accuracy while training',
    description: 'Lines of loss and accuracy over the training steps, for training and validation.',
    vconcat: [
      panel(losses, 'loss', { type: 'log', nice: false }, { format: '~g', values: decades(losses) }),
      panel(
        accuracies,
        'accuracy',
        { domain: [Math.min(0.99, Math.floor(lowest * 50) / 50), 1], nice: false },
        { format: '.1~%', tickCount: 5 },
      ),
    ],
    spacing: 24,
  };
}

function panel(
  values: { trainStep: number; series: string; value: number }[],
  title: string,
  scale: object,
  axis: object,
) {
  return {
    width: PLOT_WIDTH,
    height: 140,
    data: { values: values.filter(({ value }) => value > 0) },
    mark: { type: 'line' as const, clip: true, strokeWidth: 2, interpolate: 'monotone' as const },
    encoding: {
      x: {
        field: 'trainStep',
        type: 'quantitative' as const,
        title: 'training step',
        axis: { grid: false, tickCount: 6 },
      },
      y: { field: 'value', type: 'quantitative' as const, title, scale, axis },
      color: {
        field: 'series',
        type: 'nominal' as const,
        scale: { domain: SERIES, range: [NEUTRAL.muted, COLOUR.accent] },
      },
    },
  };
}

/** 1, 2 and 5 of each decade that the values reach into: Vega would draw a grid line for each of 1 to 9. */
function decades(series: readonly { value: number }[]): number[] {
  const values = series.map(({ value }) => value).filter((value) => value > 0);
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  return DECADES.flatMap((decade) => [decade, 2 * decade, 5 * decade]).filter(
    (tick) => tick >= lowest && tick <= highest,
  );
}
