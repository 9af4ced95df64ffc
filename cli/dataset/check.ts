// digitflow datasets check: ingest, tried out.

import { putBlob } from '../../artifacts/blobs.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { dryIngest } from './dry-ingest.ts';
import { type GivenDataset, givenDatasets, givenSource } from './given-datasets.ts';
import { ingestSettings } from './ingest-settings.ts';
import { type LocalDataset, packDataset, type PackedSource } from './pack.ts';
import { descriptionDocument, printDescription, printRejected } from './print-dataset.ts';
import { readingDisplay } from './reading-display.ts';
import { sheetOf, type ShowOptions } from './show.ts';

export interface CheckOptions extends ShowOptions {
  labels?: string;
  weight?: number[];
  set?: string[];
}

/** Thrown when ingest would refuse the images. What it would count has been told. */
class ImagesRefused extends CommandFailed {
  override readonly name = 'ImagesRefused';
}

/** @throws ImagesRefused; WrongUse; what packing throws */
export async function checkImages(context: CliContext, specs: string[], options: CheckOptions): Promise<void> {
  const { terminal, signal, environment, folder } = context;
  const given = await givenDatasets(
    { dataset: specs, ...(options.labels !== undefined && { labels: options.labels }), ...weightsOf(options) },
    folder,
    () => context.store(),
  );
  refuseWhatOnlyWorkersRead(given);
  const settings = { set: options.set ?? [], given, folder };
  ingestSettings({ ...settings, source: givenSource(given, ({ path }) => ({ kind: 'archive', path })) });
  const title = specs.join(' + ');
  const display = readingDisplay(terminal, `reading ${title}`);
  const { description, rejected, warnings, refusal } = await dryIngest({
    environment,
    signal,
    limit: options.limit,
    perClass: options.sheet === undefined ? 0 : options.perClass,
    onProgress: ({ done, total }) => display.update({ done, total }),
    prepare: async (store) => {
      const packed = new Map<LocalDataset, PackedSource>();
      const write = async (bytes: Uint8Array) => (await putBlob(store, bytes)).ref;
      for (const { local } of given)
        if (local !== undefined) packed.set(local, await packDataset(local, { write, signal }));
      return ingestSettings({ ...settings, source: givenSource(given, (local) => packed.get(local)!) });
    },
  }).finally(() => display.close());
  const sheet = description && (await sheetOf(context, description, { title, ...options }));
  // Lists of problems lay in the store that is gone.
  const told = warnings.filter((warning) => !warning.includes('blobs/sha256/'));
  terminal.document({
    images: specs,
    usable: refusal === undefined,
    refusal: refusal ?? null,
    ...(description === undefined ? { rejected: rejected ?? null } : descriptionDocument(description)),
    warnings: told,
    sheet: sheet ?? null,
  });
  if (description !== undefined) printDescription(terminal, description);
  else if (rejected !== undefined) printRejected(terminal, rejected, undefined);
  for (const warning of told) terminal.print(terminal.colors.yellow(warning));
  if (sheet !== undefined) terminal.print(`\nsheet       ${sheet}`);
  if (refusal !== undefined) throw new ImagesRefused(`${title}: a run would refuse this: ${refusal.message}`);
  terminal.print(
    `\n${terminal.colors.green('✔')} a run would take this: npx digitflow train --dataset ${specs.join(' --dataset ')}`,
  );
}

const weightsOf = ({ weight }: CheckOptions): { weight?: number[] } => (weight === undefined ? {} : { weight });

/** @throws WrongUse */
function refuseWhatOnlyWorkersRead(given: readonly GivenDataset[]): void {
  for (const { source } of given)
    if (source?.kind === 's3' || source?.kind === 'feedback')
      throw new WrongUse(
        `datasets check: expected files, folders or addresses, got ${source.kind === 's3' ? 'a bucket, which' : 'corrections, which'} only a worker reads: ` +
          (source.kind === 's3' ? '`npx digitflow datasets add` has it read' : 'see `npx digitflow feedback`'),
      );
}
