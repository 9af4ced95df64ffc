// How charts look: one place for colours and sizes, so that they belong together and to the report.

import type { Config } from 'vega-lite';

/** Neutral colours. A page that shows charts by day and night replaces exactly these (see `adaptable`). */
export const NEUTRAL = { surface: '#ffffff', ink: '#1c2431', muted: '#5d6878', line: '#dfe4ea' } as const;

/** Colours of data: told apart by people who see few colours, readable on white and on near-black. */
export const COLOUR = { accent: '#2f7ed8', second: '#e0782f', third: '#1f9d83', fourth: '#9467bd' } as const;
export const CATEGORIES: string[] = [COLOUR.accent, COLOUR.second, COLOUR.third, COLOUR.fourth, '#c9a227', '#d1495b'];

/** Width of the drawing area in pixels: small enough to be read on a phone without zooming. */
export const PLOT_WIDTH = 400;

/** A system's own sans serif; widths are measured as Roboto's, which most of them are close to. */
const FONT = 'system-ui, -apple-system, Roboto, "Segoe UI", "Helvetica Neue", Arial, sans-serif';

export const chartConfig: Config = {
  background: NEUTRAL.surface,
  padding: 8,
  font: FONT,
  view: { stroke: null },
  // A screen reader gets the chart's description; a thousand labelled marks would drown it.
  mark: { aria: false },
  title: { color: NEUTRAL.ink, fontSize: 15, fontWeight: 'normal', anchor: 'start', frame: 'group', offset: 12 },
  axis: {
    aria: false,
    labelColor: NEUTRAL.muted,
    titleColor: NEUTRAL.muted,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: NEUTRAL.line,
    domainColor: NEUTRAL.line,
    tickColor: NEUTRAL.line,
    labelFlush: false,
    labelPadding: 4,
    titlePadding: 8,
  },
  legend: {
    aria: false,
    orient: 'top',
    direction: 'horizontal',
    title: null,
    labelColor: NEUTRAL.muted,
    labelFontSize: 12,
    labelLimit: 240,
    symbolSize: 90,
    columnPadding: 16,
  },
  range: { category: CATEGORIES },
};

/** An SVG for the inside of a page: its neutral colours become the page's variables, font and background the page's own. */
export function adaptable(svg: string): string {
  const background = new RegExp(`<rect width="[\\d.]+" height="[\\d.]+" fill="${NEUTRAL.surface}"/>`);
  return Object.entries(NEUTRAL).reduce(
    (text, [name, colour]) => text.replaceAll(`"${colour}"`, `"var(--${name})"`),
    svg.replace(background, '').replace(/ font-family="[^"]*"/g, ''),
  );
}
