import { describe, expect, it } from 'vitest';
import {
  adaptable,
  bySourceChart,
  classDistributionChart,
  confusionChart,
  curvesChart,
  outlineText,
  reliabilityChart,
} from '../../ml/plots.ts';
import { textWidth } from '../../ml/plots/text-width.ts';
import { proportionOf } from '../../ml/proportion.ts';
import { createReliabilityCounter } from '../../ml/reliability.ts';

const textsOf = (svg: string): string[] => Array.from(svg.matchAll(/<text[^>]*>([^<]*)</g), (match) => match[1]!);
const counter = createReliabilityCounter();
counter.add(0.9, true);

const charts = {
  curves: await curvesChart([
    { trainStep: 1, loss: 2.3, accuracy: 0.1, validation: { loss: 2.4, accuracy: 0.1 } },
    { trainStep: 150, loss: 0.2, accuracy: 0.9, validation: { loss: 0.25, accuracy: 0.91 } },
    { trainStep: 300, loss: 0.04, accuracy: 0.99, validation: { loss: 0.05, accuracy: 0.985 } },
  ]),
  distribution: await classDistributionChart({ print: { 0: 1200, 1: 900 }, negatives: { none: 300 } }),
  confusion: await confusionChart(
    [
      [120, 3],
      [0, 95],
    ],
    ['0', '1'],
  ),
  reliability: await reliabilityChart([{ name: 'calibrated', bins: counter.bins() }]),
  bySource: await bySourceChart([{ source: 'print', model: 'challenger', accuracy: proportionOf(97, 100)! }]),
};

describe.each(Object.entries(charts))('the chart of %s', (_, svg) => {
  it('is one SVG without a number that is none', () => {
    expect(svg.startsWith('<svg ') && svg.endsWith('</svg>')).toBe(true);
    expect(svg).not.toMatch(/NaN|undefined|null|Infinity/);
  });
  it('takes its neutral colours from the page when it is made adaptable', () => {
    expect(adaptable(svg)).toContain('var(--muted)');
    expect(adaptable(svg)).not.toMatch(/#ffffff"|font-family/);
  });
  it('keeps no text once that is outlined, and no number that is none', () => {
    const outlined = outlineText(svg);
    expect(textsOf(outlined)).toEqual([]);
    expect(outlined).not.toMatch(/NaN|undefined/);
  });
});

describe('charts', () => {
  it('say what they show', () => {
    expect(textsOf(charts.distribution)).toEqual(
      expect.arrayContaining(['Samples of each class', 'print', 'negatives', '1,200', 'none']),
    );
    expect(textsOf(charts.confusion)).toEqual(expect.arrayContaining(['true class', 'read as', '120', '3']));
    expect(textsOf(charts.confusion)).not.toContain('0.00');
    expect(textsOf(charts.curves)).toEqual(expect.arrayContaining(['loss', 'accuracy', 'training', 'validation']));
  });
  it('stand up to data with nothing in it', async () => {
    expect(await curvesChart([])).toContain('<svg');
    expect(await classDistributionChart({})).toContain('<svg');
    expect(await bySourceChart([])).toContain('<svg');
    expect(await reliabilityChart([{ name: 'calibrated', bins: [] }])).toContain('<svg');
  });
  it('are the same drawn twice, and share no id with each other', async () => {
    const draw = () => bySourceChart([{ source: 'print', model: 'challenger', accuracy: proportionOf(97, 100)! }]);
    expect((await draw()) === charts.bySource).toBe(true);
    const ids = Object.values(charts).flatMap((svg) =>
      Array.from(svg.matchAll(/ id="([^"]+)"/g), (match) => match[1]!),
    );
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(ids.length);
  });
  it('escape names', async () => {
    const svg = await classDistributionChart({ '<b>&': { 0: 1 } });
    expect(svg).toContain('&lt;b&gt;&amp;');
    expect(outlineText(svg)).not.toContain('&lt;');
  });
});

describe('outlineText', () => {
  it('places letters by anchor and size', () => {
    const path = (anchor: string): string =>
      /d="M(-?[\d.]+)/.exec(outlineText(`<text text-anchor="${anchor}" font-size="100px">l</text>`))![1]!;
    expect(Number(path('start')) - Number(path('end'))).toBeCloseTo(textWidth('l', 100), 2);
    expect(Number(path('start')) - Number(path('middle'))).toBeCloseTo(textWidth('l', 100) / 2, 2);
  });
  it('leaves text with an unknown character to the system', () => {
    expect(outlineText('<text x="1">数</text>')).toBe('<text x="1">数</text>');
  });
});
