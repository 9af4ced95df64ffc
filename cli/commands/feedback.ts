// digitflow feedback: what people corrected on the page; look at it, take it out, train with it.

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../artifacts/clock.ts';
import { clearCorrections, deleteCorrection } from '../../artifacts/feedback.ts';
import { countCorrections, listCorrections } from '../../artifacts/feedback-list.ts';
import type { CorrectionRecord } from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { confirm } from '../confirm.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, Interrupted, NotFound } from '../errors.ts';
import { localTime, percent, table } from '../format.ts';
import { addVerb, positiveInteger, withoutWord } from '../verb.ts';

const SHOWN = 20;
/** Corrections read at a time where all of them are wanted. */
const PAGE = 200;

export function feedbackVerb(program: Command, context: CliContext): void {
  const group = 'Models:';
  const feedback = addVerb(program, {
    name: 'feedback',
    group,
    summary: 'lists or deletes what people corrected on the page',
    details: 'A correction is the crop of one digit with its true label. It is removed after 90 days.',
    examples: [
      ['feedback', 'the newest corrections'],
      ['feedback delete 019dbd1c2a3f-9f86d081884c7d659a2f', 'one, for good: no later ingest gets it'],
      ['train --set ingest.source.kind=feedback', 'trains with them'],
    ],
    isLong: true,
  });
  addVerb(feedback, {
    name: 'list',
    group,
    summary: 'lists corrections, newest first (the default)',
    examples: [
      ['feedback list --limit 100', 'more of them'],
      ['feedback list --json', 'for a script; without pictures'],
    ],
    isLong: true,
  })
    .option('--limit <count>', 'how many at most', positiveInteger('--limit'), SHOWN)
    .option('--before <id>', 'only those older than this one: the next page')
    .action((options: ListOptions) => list(context, options));
  addVerb(feedback, {
    name: 'delete <ids...>',
    group,
    summary: 'deletes corrections for good',
    examples: [['feedback delete 019dbd1c2a3f-9f86d081884c7d659a2f', 'its picture too; its id stays barred']],
  }).action((ids: string[]) => remove(context, ids));
  addVerb(feedback, {
    name: 'clear',
    group,
    summary: 'deletes every correction for good, after asking',
    examples: [['feedback clear --yes', 'without asking, e.g. in a script']],
  })
    .option('--yes', 'does not ask')
    .action((options: { yes?: boolean }) => clear(context, options));
  addVerb(feedback, {
    name: 'export <folder>',
    group,
    summary: 'writes the crops as PNG, one sub-folder a label',
    examples: [['feedback export ./corrected', 'a folder that `train --dataset` takes']],
  }).action((folder: string) => exportTo(context, folder));
  withoutWord(feedback, ['list', 'delete', 'clear', 'export'], () => list(context, { limit: SHOWN }));
}

interface ListOptions {
  limit: number;
  before?: string;
}

async function list(context: CliContext, { limit, before }: ListOptions): Promise<void> {
  const { terminal } = context;
  const feedback = { store: await context.store(), clock: systemClock };
  const page = await listCorrections(feedback, { limit, ...(before !== undefined && { before }) });
  const { corrections, next, total, damaged } = page;
  terminal.document({ corrections: corrections.map(withoutPicture), next: next ?? null, total, damaged });
  for (const id of damaged) terminal.warn(`${id} can't be read; \`npx digitflow feedback delete ${id}\` removes it`);
  if (corrections.length === 0 && before === undefined)
    return terminal.print('No corrections. Turn on Teach on the page and correct what the model reads wrong.');
  terminal.print(
    table(
      ['id', 'label', 'read as', 'model', 'made', 'expires'],
      corrections.map(({ id, label, prediction, model, at, expiresAt }) => [
        id,
        terminal.colors.green(label),
        `${prediction.label} (${percent(prediction.probability)})`,
        `${model.name} ${model.version}`,
        localTime(at),
        localTime(expiresAt).slice(0, 10),
      ]),
    ),
  );
  if (next !== undefined)
    terminal.print(`\n${corrections.length} of ${total}; older ones: npx digitflow feedback list --before ${next}`);
}

const withoutPicture = ({ schemaVersion: _version, kind: _kind, crop, ...facts }: CorrectionRecord) => {
  const { png: _png, ...about } = crop;
  return { ...facts, crop: about };
};

async function remove(context: CliContext, ids: readonly string[]): Promise<void> {
  const feedback = { store: await context.store(), clock: systemClock };
  const unknown: string[] = [];
  for (const id of ids) if ((await deleteCorrection(feedback, id)) === 'unknown') unknown.push(id);
  const deleted = ids.filter((id) => !unknown.includes(id));
  if (unknown.length > 0)
    throw new NotFound(
      `no correction ${unknown.join(', ')}${deleted.length > 0 ? ` (${deleted.length} others were deleted)` : ''}. ` +
        'See `npx digitflow feedback`.',
    );
  context.terminal.document({ deleted });
  context.terminal.print(`${deleted.length} deleted`);
}

async function clear(context: CliContext, { yes }: { yes?: boolean }): Promise<void> {
  const { terminal } = context;
  const feedback = { store: await context.store(), clock: systemClock };
  const count = await countCorrections(feedback.store);
  if (count > 0 && !(await confirm(context, { text: `Delete all ${count} corrections for good?`, yes })))
    throw new Interrupted('nothing was deleted');
  const deleted = count === 0 ? 0 : await clearCorrections(feedback);
  terminal.document({ deleted });
  terminal.print(deleted === 0 ? 'There are no corrections.' : `${deleted} deleted`);
}

async function exportTo(context: CliContext, name: string): Promise<void> {
  const folder = resolve(context.folder, name);
  const standing = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new CommandFailed(`${folder}: expected a folder, or none yet`, { cause: error });
  });
  // A correction that was deleted since the last export would stay in it.
  if (standing.length > 0) throw new CommandFailed(`${folder}: expected an empty folder or none yet, got files in it`);
  const labels: Record<string, number> = {};
  for await (const { id, label, crop } of everyCorrection(await context.store())) {
    context.signal.throwIfAborted();
    await mkdir(join(folder, label), { recursive: true });
    await writeFile(join(folder, label, `${id}.png`), Buffer.from(crop.png, 'base64'));
    labels[label] = (labels[label] ?? 0) + 1;
  }
  const count = Object.values(labels).reduce((sum, each) => sum + each, 0);
  context.terminal.document({ folder, corrections: count, labels });
  context.terminal.print(count === 0 ? 'There are no corrections.' : `${count} crops in ${folder}`);
}

async function* everyCorrection(store: Store): AsyncGenerator<CorrectionRecord> {
  let before: string | undefined;
  do {
    const options = { limit: PAGE, ...(before !== undefined && { before }) };
    const page = await listCorrections({ store, clock: systemClock }, options);
    yield* page.corrections;
    before = page.next;
  } while (before !== undefined);
}
