import type { TopLevelSpec } from 'vega-lite';
import { COLOUR, NEUTRAL, PLOT_WIDTH } from './theme.ts';

// A single mistake among thousands must still be seen.
const FAINTEST = 0.14;

/**
 * The confusion matrix as a heat map: right readings in one colour by their share of the class, mistakes in another by
 * their number (square root), so that a few mistakes stand out beside thousands of right readings.
 * @param confusion [true class][class read], counts
 */
export function confusionSpec(confusion: readonly (readonly number[])[], classes: readonly string[]): TopLevelSpec {
  const mostWrong = Math.max(1, ...confusion.flatMap((row, label) => row.filter((_, read) => read !== label)));
  const values = confusion.flatMap((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, read) => {
      const share = read === label ? count / Math.max(1, total) : Math.sqrt(count / mostWrong);
      return {
        label: classes[label],
        read: classes[read],
        wrong: read !== label,
        shown: count > 0 ? String(count) : '',
        strength: count > 0 ? FAINTEST + (1 - FAINTEST) * share * 0.9 : 0,
      };
    });
  });
  const scale = { domain: [...classes] };
  const x = {
    field: 'read',
    type: 'nominal' as const,
    scale,
    title: 'read as',
    axis: { orient: 'top' as const, labelAngle: 0 },
  };
  const y = { field: 'label', type: 'nominal' as const, scale, title: 'true class' };
  return {
    title: 'Which class was read as which',
    description: 'Heat map of true class by class read; the report has the same numbers by class as a table.',
    width: PLOT_WIDTH,
    height: PLOT_WIDTH,
    data: { values },
    layer: [
      {
        mark: { type: 'rect', stroke: NEUTRAL.line, strokeWidth: 1, strokeOpacity: 1 },
        encoding: {
          x,
          y,
          fill: { condition: { test: 'datum.wrong', value: COLOUR.second }, value: COLOUR.accent },
          fillOpacity: { field: 'strength', type: 'quantitative', scale: null },
        },
      },
      {
        transform: [{ filter: "datum.shown !== ''" }],
        mark: { type: 'text', fontSize: classes.length > 12 ? 9 : 11 },
        encoding: {
          x,
          y,
          text: { field: 'shown' },
          color: { condition: { test: '!datum.wrong && datum.strength > 0.6', value: '#fff' }, value: NEUTRAL.ink },
        },
      },
    ],
    config: { axis: { grid: false, ticks: false, domain: false } },
  };
}
