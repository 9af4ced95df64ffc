import { describe, expect, it } from 'vitest';
import { drawCharts } from '../../../ml/report/charts.ts';
import { findMistakes, mistakesSheet } from '../../../ml/report/mistakes.ts';
import { CHART_NAMES, type Charts, type ReportData } from '../../../ml/report/report-data.ts';
import { renderReport } from '../../../ml/report/report.ts';
import { sampleReport } from './sample-report.ts';

const data = sampleReport();
const charts = await drawCharts(data);
const page = renderReport(data, charts);

const noCharts = Object.fromEntries(CHART_NAMES.map((name) => [name, '<svg></svg>'])) as Charts;
const render = (changes: Partial<ReportData>): string => renderReport({ ...data, ...changes }, noCharts);
/** What a person reads, on one line. */
const textOf = (markup: string): string =>
  markup.replace(/<style>[\s\S]*?<\/style>|<svg[\s\S]*?<\/svg>|<[^>]*>/g, ' ').replace(/\s+/g, ' ');

const VOID = new Set(['meta', 'link', 'img', '!doctype']);

/** The tags left open, and those closed without having been opened. */
function unbalanced(markup: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name, self] of markup.matchAll(/<(\/?)([!\w]+)[^>]*?(\/?)>/g)) {
    if (slash === '/') {
      if (open.pop() !== name) wrong.push(`/${name}`);
    } else if (self !== '/' && !VOID.has(name!.toLowerCase())) open.push(name!);
  }
  return [...wrong, ...open];
}

describe('the report', () => {
  it('is one file: nothing is loaded from elsewhere and no script runs', () => {
    expect(page.match(/ (?:src|href)="(?!data:|metrics\.json)[^"]*"/g)).toBeNull();
    expect(page.match(/<script|@import|url\((?!#)|\son\w+=/g)).toBeNull();
  });
  it('closes every tag it opens', () => {
    expect(unbalanced(page)).toEqual([]);
  });
  it('has no hole where a figure should be', () => {
    expect(textOf(page).match(/undefined|NaN|\[object|null|Infinity/g)).toBeNull();
  });
  it('tells the headline figures with their intervals, and the champion on the same samples', () => {
    const accuracy = data.metrics.accuracy!;
    expect(textOf(page)).toContain(`${(accuracy.value * 100).toFixed(2)} %`);
    expect(textOf(page)).toContain((accuracy.low * 100).toFixed(2));
    expect(textOf(page)).toContain('against digits 3');
    expect(textOf(page)).toContain('Not worse than the champion.');
  });
  it('shows every chart and the mistakes with their captions', () => {
    expect(page.match(/<svg /g)).toHaveLength(CHART_NAMES.length);
    expect(page.match(/src="data:image\/png;base64,/g)).toHaveLength(data.mistakes.length);
    expect(page).toContain(`alt="${data.mistakes[0]!.label}, read as ${data.mistakes[0]!.read}"`);
  });
  it('gives charts the colours of the page', () => {
    expect(page).toContain('fill="var(--muted)"');
    expect(page).not.toMatch(/<text[^>]*fill="#1c2431"/);
  });
  it('escapes whatever names come from data', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const markup = render({
      model: evil,
      facts: { [evil]: evil },
      reproduce: [evil],
      configuration: { evil },
      links: [{ text: evil, href: `"${evil}` }],
      verdict: { promoted: false, reason: evil },
      mistakes: [{ ...data.mistakes[0]!, label: evil, source: evil }],
    });
    expect(markup).not.toContain('<img src=x');
  });
  it('reads well for a first version: no champion, no temperature, no mistake, no curve', () => {
    const markup = render({
      champion: { state: 'none' },
      calibration: null,
      mistakes: [],
      mistakeCount: 0,
      curves: [],
    });
    expect(textOf(markup)).not.toMatch(/undefined|NaN|null|against/);
    expect(textOf(markup)).toContain('No test image was misread.');
    expect(unbalanced(markup)).toEqual([]);
  });
  it('says so when the target was out of reach or the champion could not be measured', () => {
    const markup = render({
      champion: { state: 'unmeasured', reason: 'other classes' },
      threshold: { ...data.threshold, reached: false, threshold: 0 },
    });
    expect(textOf(markup)).toContain('out of reach');
    expect(textOf(markup)).toContain('other classes');
  });
  it('works without a class none', async () => {
    const digitsOnly = sampleReport(['0', '1']);
    const markup = renderReport(digitsOnly, await drawCharts(digitsOnly));
    expect(textOf(markup)).not.toMatch(/undefined|NaN|null/);
  });
  it('is the same for the same evaluation', async () => {
    expect(renderReport(sampleReport(), await drawCharts(sampleReport()))).toBe(page);
  });
});

describe('mistakes', () => {
  it('are found surest first', () => {
    const probabilities = Float32Array.of(0.6, 0.4, 0.1, 0.9, 0.2, 0.8, 0.7, 0.3);
    expect(findMistakes(probabilities, [1, 1, 0, 0], 2)).toEqual([
      { sample: 2, read: 1, probability: probabilities[5] },
      { sample: 0, read: 0, probability: probabilities[0] },
    ]);
  });
  it('fit on one sheet, also when there are none', () => {
    expect(mistakesSheet(data.mistakes).width).toBe(mistakesSheet([]).width);
  });
});
