// digitflow datasets show: everything that is known of one dataset.

import { resolve } from 'node:path';
import type { CliContext } from '../context.ts';
import { NotFound } from '../errors.ts';
import { localTime } from '../format.ts';
import { describeDataset, type DatasetDescription } from './describe.ts';
import { findDataset } from './find-dataset.ts';
import { datasetDocument, readManifest, titleOf } from './known-datasets.ts';
import { takenBy } from './list.ts';
import { descriptionDocument, printDescription } from './print-dataset.ts';
import { readingDisplay } from './reading-display.ts';
import { writeSampleSheet } from './sample-sheet.ts';
import { isLive, sourceText } from './source-text.ts';

export interface ShowOptions {
  limit: number;
  perClass: number;
  sheet?: string;
}

export async function showDataset(context: CliContext, text: string, options: ShowOptions): Promise<void> {
  const { terminal, signal } = context;
  const store = await context.store();
  const known = await findDataset(context, text);
  if ((await readManifest(store, known.output)) === undefined)
    throw new NotFound(
      `${known.id}: its bytes were collected (made ${localTime(known.at)} from ${sourceText(known.source)}). ` +
        'A run with the same images makes it again.',
    );
  const display = readingDisplay(terminal, 'reading samples');
  const description = await describeDataset(store, known.output, {
    limit: options.limit,
    perClass: options.sheet === undefined ? 0 : options.perClass,
    signal,
    onSamples: (read) => display.update(read),
  }).finally(() => display.close());
  const title = known.names[0] ?? (titleOf(known.summary) || known.id);
  const sheet = await sheetOf(context, description, { title, ...options });
  terminal.document({
    ...datasetDocument(known, description.manifest),
    ...descriptionDocument(description),
    sheet: sheet ?? null,
  });
  const live = isLive(known.source) ? terminal.colors.dim(' (read anew by each run)') : '';
  terminal.print(`${terminal.colors.bold(title)}  ${terminal.colors.dim(known.id)}`);
  terminal.print(`from ${sourceText(known.source)}${live}, made ${localTime(known.at)}`);
  const taken = takenBy(known);
  if (taken !== '') terminal.print(`taken by ${taken}`);
  terminal.print();
  printDescription(terminal, description);
  for (const warning of description.manifest.warnings) terminal.print(terminal.colors.yellow(warning));
  if (sheet !== undefined) terminal.print(`\nsheet       ${sheet}`);
}

/** The absolute path of the sheet where one was asked for. @throws CommandFailed */
export async function sheetOf(
  { folder }: Pick<CliContext, 'folder'>,
  description: DatasetDescription,
  { title, sheet, perClass }: Pick<ShowOptions, 'sheet' | 'perClass'> & { title: string },
): Promise<string | undefined> {
  if (sheet === undefined) return undefined;
  const file = resolve(folder, sheet);
  await writeSampleSheet(file, description, { title, perClass });
  return file;
}
