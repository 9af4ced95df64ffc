// A comparison as a page, with the pictures of what is said differently.

import { INPUT_BYTES } from '../../ml/dataset/packed-inputs.ts';
import type { Disagreement } from '../../ml/comparison.ts';
import { INPUT_SIZE } from '../../ml/model.ts';
import { renderComparison, type ComparedRow, type DifferentSample } from '../../ml/report/compare-page.ts';
import { SHARES, type ComparedFigures, type ComparisonDocument, type ComparisonParts } from './comparison.ts';
import { madeText, SHARE_NAMES, testSentence, valueText, verdictSentence } from './words.ts';

/** Pictures of each kind: together about a megabyte. */
const SHOWN_OF_EACH = 200;

export function comparisonPage(document: ComparisonDocument, { answers, compared }: ComparisonParts): string {
  const { a, b, figures, bySource, configuration, made, unknown, disagreements } = document;
  const { names, images } = answers[0];
  const picture = ({ a: ofA, b: ofB, label, source }: Disagreement): DifferentSample => ({
    image: {
      pixels: images.slice(ofA.sample * INPUT_BYTES, (ofA.sample + 1) * INPUT_BYTES),
      width: INPUT_SIZE,
      height: INPUT_SIZE,
    },
    sample: names[ofA.sample]!,
    label,
    source,
    a: ofA,
    b: ofB,
  });
  const shown = (who: Disagreement['right']): DifferentSample[] =>
    compared.disagreements
      .filter(({ right }) => right === who)
      .slice(0, SHOWN_OF_EACH)
      .map(picture);
  const { paired } = figures.accuracy;
  return renderComparison({
    a: a.name,
    b: b.name,
    facts: [
      ['name', a.name, b.name],
      ['run', a.run, b.run],
      ['network', a.network, b.network],
      ['threshold', String(a.threshold), String(b.threshold)],
      ['version digest', a.model?.digest ?? '–', b.model?.digest ?? '–'],
      ['commit', a.commit ?? '–', b.commit ?? '–'],
      ['test samples', document.test.a.toLocaleString('en-US'), document.test.b.toLocaleString('en-US')],
    ],
    test: testSentence(document),
    verdict: verdictSentence(document),
    better: paired === null || paired.chance >= 0.05 ? undefined : paired.difference > 0 ? 'B' : 'A',
    rows: [...Object.entries(bySource).flatMap(([name, each]) => rowsOf(name, each)), ...rowsOf('all', figures)],
    loss: [figures.loss.a, figures.loss.b],
    calibrationError: [figures.calibrationError.a, figures.calibrationError.b],
    configuration: configuration?.map((each) => [each.key, valueText(each.a), valueText(each.b)]),
    made: [
      ...made.map(madeText),
      ...(unknown.length > 0 ? [`nothing is known of ${unknown.join(', ')}: no records of both`] : []),
    ],
    onlyA: shown('a'),
    onlyB: shown('b'),
    neither: shown('neither'),
    counts: disagreements,
  });
}

const rowsOf = (slice: string, figures: ComparedFigures): ComparedRow[] =>
  SHARES.map((name) => ({ slice, name: SHARE_NAMES[name], ...figures[name] })).filter(
    ({ a, b }) => a !== null || b !== null,
  );
