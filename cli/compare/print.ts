// A comparison on a terminal.

import type { PairedShare } from '../../ml/comparison.ts';
import type { Proportion } from '../../ml/proportion.ts';
import { figure, percent, table } from '../format.ts';
import type { Terminal } from '../terminal.ts';
import { SHARES, type ComparedFigures, type ComparisonDocument, type Said } from './comparison.ts';
import { chanceText, madeText, SHARE_NAMES, testSentence, valueText, verdictSentence } from './words.ts';

/** Disagreements that are listed; --json has all of them. */
const SHOWN_SAMPLES = 12;
const SHOWN_CHANGES = 20;

export function printComparison(terminal: Terminal, document: ComparisonDocument): void {
  const { colors } = terminal;
  const { a, b, disagreements } = document;
  const heading = (text: string): void => terminal.print(`\n${colors.bold(text)}`);
  terminal.print(`${colors.bold('A')}  ${a.name}${fromRun(a)}`);
  terminal.print(`${colors.bold('B')}  ${b.name}${fromRun(b)}`);
  terminal.print(`\n${testSentence(document)}`);
  const verdict = verdictSentence(document);
  if (verdict !== '') terminal.print(verdict);

  heading('Figures');
  terminal.print(figuresTable({ '': document.figures }));
  heading('By slice');
  terminal.print(figuresTable(document.bySource));

  heading('Configuration');
  printConfiguration(terminal, document);
  heading('Code, packages, engine');
  printMade(terminal, document);

  heading(`Said differently: ${figure(disagreements.count)} samples`);
  if (disagreements.count === 0) return;
  const { onlyA, onlyB, neither } = disagreements;
  terminal.print(`  only A right ${figure(onlyA)}, only B right ${figure(onlyB)}, neither ${figure(neither)}`);
  terminal.print(
    table(
      ['  sample', 'slice', 'label', 'A says', 'B says'],
      disagreements.samples
        .slice(0, SHOWN_SAMPLES)
        .map((each) => [`  ${each.a.sample}`, each.source, each.label, saidText(each.a), saidText(each.b)]),
    ),
  );
  if (disagreements.count > SHOWN_SAMPLES)
    terminal.print(`  and ${figure(disagreements.count - SHOWN_SAMPLES)} more: --json lists them, --html shows them`);
}

const fromRun = ({ name, run }: ComparisonDocument['a']): string => (name === run ? '' : `  (run ${run})`);

function printConfiguration(terminal: Terminal, { configuration }: ComparisonDocument): void {
  if (configuration === null || configuration === undefined)
    return terminal.print('  not known any more: a run of them was collected');
  if (configuration.length === 0) return terminal.print('  the same');
  const rows = configuration.slice(0, SHOWN_CHANGES).map(({ key, a, b }) => [`  ${key}`, valueText(a), valueText(b)]);
  terminal.print(table(['  key', 'A', 'B'], rows));
  if (configuration.length > SHOWN_CHANGES)
    terminal.print(`  and ${configuration.length - SHOWN_CHANGES} more (--json)`);
}

function printMade(terminal: Terminal, { made, unknown }: ComparisonDocument): void {
  for (const change of made.slice(0, SHOWN_CHANGES)) terminal.print(`  ${madeText(change)}`);
  if (made.length > SHOWN_CHANGES) terminal.print(`  and ${made.length - SHOWN_CHANGES} more (--json)`);
  if (unknown.length > 0) terminal.print(`  nothing is known of ${unknown.join(', ')}: no records of both`);
  else if (made.length === 0) terminal.print('  the same');
}

function figuresTable(all: Record<string, ComparedFigures>): string {
  const rows = Object.entries(all).flatMap(([slice, figures]) =>
    SHARES.flatMap((name) => {
      const { a, b, paired } = figures[name];
      return a === null && b === null
        ? []
        : [[`  ${slice}`, SHARE_NAMES[name], shareText(a), shareText(b), pairedText(paired)]];
    }).map((row, index) => (index === 0 ? row : ['  ', ...row.slice(1)])),
  );
  return table(['  ', '', 'A', 'B', 'B − A, in points'], rows);
}

const shareText = (share: Proportion | null): string =>
  share === null ? '–' : `${percent(share.value)} (${(share.low * 100).toFixed(2)} – ${(share.high * 100).toFixed(2)})`;

const signed = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(2)}`;

const pairedText = (paired: PairedShare | null): string =>
  paired === null
    ? '–'
    : `${signed(paired.difference)} (${signed(paired.low)} … ${signed(paired.high)}), ${chanceText(paired.chance)}`;

const saidText = ({ said, digit, probability }: Said): string =>
  said === digit ? `${said} ${percent(probability)}` : `${said} (${digit} ${percent(probability)})`;
