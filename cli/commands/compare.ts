// digitflow compare: two models beside each other: what they were asked for, how well they read, where they differ.

import type { Command } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { changesBetween } from '../compare/changes.ts';
import { comparisonDocument } from '../compare/comparison.ts';
import { printComparison } from '../compare/print.ts';
import { readSubject } from '../compare/subject.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { addVerb } from '../verb.ts';

interface CompareOptions {
  model: string;
  html?: string;
}

export function compareVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'compare <a> <b>',
    group: 'Models:',
    summary: 'shows two models beside each other: configuration, figures, samples they read differently',
    details:
      'A and B are versions (a number, champion, candidate, previous) or runs (an id, id@last8, latest). Differences\n' +
      'are B − A, on the test samples that both have, with intervals for paired samples.',
    examples: [
      ['compare previous champion', 'what the newest champion does better, and where it is worse'],
      ['compare 3 latest --html compare.html', 'a version and the newest run, with the pictures'],
      ['compare my-run other-run@4f1c22ab --json', 'two runs; every sample on which they disagree'],
    ],
    isLong: true,
  })
    .option('--model <name>', 'the model whose versions are meant', 'digits')
    .option('--html <file>', 'writes a page, with the pictures of what they say differently')
    .action((a: string, b: string, options: CompareOptions) => compare(context, [a, b], options));
}

async function compare(
  context: CliContext,
  [nameOfA, nameOfB]: [string, string],
  { model, html }: CompareOptions,
): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const a = await readSubject(store, model, nameOfA);
  const b = await readSubject(store, model, nameOfB);
  const [{ matchedBy, readAnswers }, { compareModels }] = await Promise.all([
    import('../compare/answers.ts'),
    import('../../ml/comparison.ts'),
  ]);
  const by = matchedBy(a.origin, b.origin);
  const answers = [await readAnswers(store, a, by), await readAnswers(store, b, by)] as const;
  const compared = compareModels(...answers);
  const parts = { subjects: [a, b], answers, by, changes: changesBetween(a, b), compared } as const;
  const document = comparisonDocument(parts);
  let file: string | undefined;
  if (html !== undefined) {
    const { comparisonPage } = await import('../compare/page.ts');
    file = await writePage(path.resolve(context.folder, html), comparisonPage(document, parts));
  }
  terminal.document({ ...document, ...(file !== undefined && { html: file }) });
  printComparison(terminal, document);
  if (file !== undefined) terminal.print(`\n${file}`);
}

/** @returns its URL @throws CommandFailed when it can't be written */
async function writePage(file: string, text: string): Promise<string> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw new CommandFailed(`${file}: the page cannot be written there`, { cause: error });
  }
  return pathToFileURL(file).href;
}
