// digitflow datasets remove: forgets a name.

import { InvalidRecord } from '../../artifacts/manifests.ts';
import { forgetDataset, isDatasetName, readNamedDataset } from '../../artifacts/named-datasets.ts';
import type { SourceConfiguration } from '../../config/schema.ts';
import { confirm } from '../confirm.ts';
import type { CliContext } from '../context.ts';
import { Interrupted, NotFound } from '../errors.ts';
import { figure } from '../format.ts';
import { figureOf } from './known-datasets.ts';
import { sourceText } from './source-text.ts';

export async function removeDataset(context: CliContext, name: string, { yes }: { yes?: boolean }): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const record = isDatasetName(name) ? await readNamedDataset(store, name).catch(damaged) : undefined;
  if (record === undefined) throw new NotFound(`no dataset is named ${name}. See \`npx digitflow datasets\`.`);
  const source = record === 'damaged' ? undefined : (record.ingest['source'] as SourceConfiguration | undefined);
  const what =
    record === 'damaged'
      ? 'its record is damaged'
      : `${figure(figureOf(record.summary, 'samples') ?? 0)} samples from ${sourceText(source)}`;
  if (!(await confirm(context, { text: `Forget the name ${name} (${what})?`, yes })))
    throw new Interrupted('nothing was removed');
  await forgetDataset(store, name);
  terminal.document({ removed: name, id: record === 'damaged' ? null : record.output.sha256.slice(0, 12) });
  terminal.print(
    `${name} is forgotten; \`npx digitflow gc\` frees what nothing else needs. ` +
      `\`npx digitflow datasets add ${source?.kind === 'url' ? source.url : 'IMAGES'} --name ${name}\` adds it again.`,
  );
}

/** What can't be read can be removed all the same. */
function damaged(error: unknown): 'damaged' {
  if (error instanceof InvalidRecord) return 'damaged';
  throw error;
}
