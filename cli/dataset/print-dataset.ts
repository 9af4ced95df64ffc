// A dataset for people: its classes as a chart in text, what was set aside, what is there twice.

import { figure } from '../format.ts';
import type { Terminal } from '../terminal.ts';
import type { DatasetDescription, SameSample } from './describe.ts';
import { samplesByClass } from './known-datasets.ts';

const LONGEST_BAR = 40;
/** More columns than that are no table any more; the document of --json has all of them. */
const MOST_SLICES = 6;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** The same as JSON. */
export function descriptionDocument({ manifest, rejected, duplicates, conflicts }: DatasetDescription) {
  return {
    samples: manifest.sampleCount,
    classes: samplesByClass(manifest),
    slices: manifest.counts,
    groups: manifest.groups.length,
    rejected: { count: rejected.count, reasons: rejected.reasons, first: rejected.first },
    duplicates,
    conflicts,
    warnings: manifest.warnings,
    licences: manifest.sources.flatMap(({ licences }) => licences),
    pixelDigest: manifest.pixelDigest,
  };
}

export function printDescription(terminal: Terminal, description: DatasetDescription): void {
  const { manifest, rejected, duplicates, conflicts } = description;
  const { classes, sampleCount, groups, counts } = manifest;
  const slices = Object.keys(counts);
  terminal.print(
    `${figure(sampleCount)} samples of ${classes.length} classes` +
      (slices.length > 1 ? ` in ${slices.length} slices` : '') +
      (groups.length > 0 ? `, ${figure(groups.length)} groups` : ''),
  );
  terminal.print();
  for (const line of classChart(terminal, manifest)) terminal.print(line);
  terminal.print();
  printRejected(terminal, rejected, sampleCount + rejected.count);
  printSame(terminal, 'duplicates', duplicates, ({ name, other, class: own }) => `${name} = ${other}  (${own})`);
  printSame(
    terminal,
    'conflicts',
    conflicts,
    ({ name, class: own, other, otherClass }) => `${name} is ${own}, ${other} with the same pixels is ${otherClass}`,
  );
}

/** One line a class: name, bar, how many, and of each slice how many. */
function classChart(terminal: Terminal, manifest: DatasetDescription['manifest']): string[] {
  const { colors, columns } = terminal;
  const { counts } = manifest;
  const slices = Object.keys(counts).length > 1 ? Object.keys(counts).slice(0, MOST_SLICES) : [];
  const total = samplesByClass(manifest);
  const most = Math.max(...Object.values(total), 1);
  const nameWidth = Math.min(24, Math.max(5, ...manifest.classes.map((name) => name.length)));
  const countWidth = Math.max(7, figure(most).length);
  const sliceWidths = slices.map((slice) => Math.max(slice.length, figure(most).length));
  const taken = nameWidth + countWidth + 6 + sliceWidths.reduce((sum, width) => sum + width + 2, 0);
  const barWidth = Math.max(8, Math.min(LONGEST_BAR, columns - taken));
  const head = ['class'.padEnd(nameWidth), ' '.repeat(barWidth), 'samples'.padStart(countWidth)];
  const lines = [[...head, ...slices.map((slice, i) => slice.padStart(sliceWidths[i]!))].join('  ').trimEnd()];
  for (const [name, count] of Object.entries(total)) {
    const ofSlices = slices.map((slice, i) => figure(counts[slice]![name] ?? 0).padStart(sliceWidths[i]!));
    const shown = name.length > nameWidth ? `${name.slice(0, nameWidth - 1)}…` : name.padEnd(nameWidth);
    const bar = barOf(count / most, barWidth);
    lines.push([shown, colors.cyan(bar), figure(count).padStart(countWidth), ...ofSlices].join('  '));
  }
  return lines;
}

function barOf(share: number, width: number): string {
  const eighths = share === 0 ? 0 : Math.max(1, Math.round(share * width * 8));
  return ('█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!).padEnd(width);
}

/** @param files all that were looked at, where that is known */
export function printRejected(
  terminal: Terminal,
  { count, reasons, first }: DatasetDescription['rejected'],
  files: number | undefined,
): void {
  if (count === 0) return terminal.print('rejected    none');
  const words = Object.entries(reasons).map(([reason, of]) => `${figure(of)} ${reason}`);
  terminal.print(
    `rejected    ${terminal.colors.yellow(figure(count))}${files === undefined ? '' : ` of ${figure(files)}`} files: ${words.join(', ')}`,
  );
  for (const { name, reason, detail } of first) terminal.print(`  ${name}  ${reason}: ${detail}`);
  sayMore(terminal, count - first.length);
}

function printSame(
  terminal: Terminal,
  what: string,
  { count, first }: DatasetDescription['duplicates'],
  text: (same: SameSample) => string,
): void {
  terminal.print(`${what.padEnd(10)}  ${count === 0 ? 'none' : terminal.colors.yellow(figure(count))}`);
  for (const same of first) terminal.print(`  ${text(same)}`);
  if (count > 0) sayMore(terminal, count - first.length);
}

function sayMore(terminal: Terminal, more: number): void {
  if (more > 0) terminal.print(terminal.colors.dim(`  and ${figure(more)} more; --limit shows them`));
}
