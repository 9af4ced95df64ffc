import type { TopLevelSpec } from 'vega-lite';
import type { ReliabilityBin } from '../reliability.ts';
import { COLOUR, NEUTRAL, PLOT_WIDTH } from './theme.ts';

export interface ReliabilitySeries {
  /** e.g. `as trained`, `calibrated`. At most two series. */
  name: string;
  bins: readonly ReliabilityBin[];
}

/** Accuracy over confidence: on the diagonal a probability means what it says. A point's area is its number of samples. */
export function reliabilitySpec(series: readonly ReliabilitySeries[]): TopLevelSpec {
  const values = series.flatMap(({ name, bins }) =>
    bins
      .filter((bin) => bin.count > 0)
      .map(({ confidence, accuracy, count }) => ({ series: name, confidence, accuracy, count })),
  );
  const colours = series.length > 1 ? [NEUTRAL.muted, COLOUR.accent] : [COLOUR.accent];
  const axis = { format: '.0%', values: [0, 0.2, 0.4, 0.6, 0.8, 1] };
  const scale = { domain: [0, 1] };
  const x = { field: 'confidence', type: 'quantitative' as const, title: 'probability the model gives', scale, axis };
  const y = { field: 'accuracy', type: 'quantitative' as const, title: 'share it reads right', scale, axis };
  const color = {
    field: 'series',
    type: 'nominal' as const,
    scale: { domain: series.map(({ name }) => name), range: colours },
  };
  return {
    description: 'Share read right over the probability given; on the diagonal a probability means what it says.',
    title: 'Do probabilities mean what they say?',
    width: PLOT_WIDTH,
    height: 260,
    layer: [
      {
        data: { values: [0, 1].map((end) => ({ confidence: end, accuracy: end })) },
        mark: { type: 'line', color: NEUTRAL.muted, strokeDash: [4, 4], strokeWidth: 1 },
        encoding: { x, y },
      },
      { data: { values }, mark: { type: 'line', strokeWidth: 1.5, opacity: 0.7 }, encoding: { x, y, color } },
      {
        data: { values },
        mark: { type: 'point', filled: true, opacity: 0.9 },
        encoding: {
          x,
          y,
          color,
          size: { field: 'count', type: 'quantitative', scale: { type: 'sqrt', range: [16, 260] }, legend: null },
        },
      },
    ],
  };
}
