// digitflow models promote and rollback: a person's word on what the champion is. It stands against every run before it.

import { NoPreviousVersion, promote, readAliases, rollBack, type MoveResult } from '../../artifacts/registry.ts';
import { systemClock } from '../../artifacts/clock.ts';
import type { ModelVersion } from '../../artifacts/manifests.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { nameOfUser } from '../user-name.ts';
import { findVersion } from './find-version.ts';
import { tellWorker, workerLine } from './tell-worker.ts';

export interface MoveOptions {
  model: string;
  reason: string;
  author?: string;
}

/** @param text a number, `candidate` or `previous` */
export async function promoteVersion(context: CliContext, text: string, options: MoveOptions): Promise<void> {
  const { model } = options;
  const decision = decisionOf(options);
  const store = await context.store();
  const version = await findVersion(store, model, text);
  refuseWithdrawn(version);
  const { champion } = await readAliases(store, model);
  const move = { model, alias: 'champion' as const, to: version.version, ...decision, expectedFrom: champion ?? null };
  await say(context, { model, before: champion, ...(await promote({ store, clock: systemClock }, move)) });
}

/** @param text as above; undefined: what the champion was before */
export async function rollBackChampion(
  context: CliContext,
  text: string | undefined,
  options: MoveOptions,
): Promise<void> {
  const { model } = options;
  const decision = decisionOf(options);
  const store = await context.store();
  const { champion, previous } = await readAliases(store, model);
  const named = text ?? (previous === undefined ? undefined : String(previous));
  const version = named === undefined ? undefined : await findVersion(store, model, named);
  if (version !== undefined) refuseWithdrawn(version);
  const to = version && { to: version.version };
  try {
    const result = await rollBack({ store, clock: systemClock }, { model, ...to, ...decision });
    await say(context, { model, before: champion, ...result });
  } catch (error) {
    if (!(error instanceof NoPreviousVersion)) throw error;
    throw new CommandFailed(
      champion === undefined
        ? `${model} has no champion. See \`npx digitflow models\`.`
        : `${model} never had another champion than version ${champion}. Name a version: \`npx digitflow models rollback V --reason …\`.`,
      { cause: error },
    );
  }
}

function decisionOf({ reason, author }: MoveOptions): { reason: string; author: string } {
  if (reason.trim() === '') throw new WrongUse('--reason: expected words that will still make sense in a year');
  return { reason: reason.trim(), author: author?.trim() || nameOfUser() };
}

function refuseWithdrawn({ name, version, deletedAt }: ModelVersion): void {
  if (deletedAt !== undefined)
    throw new CommandFailed(`${name} version ${version} was withdrawn at ${deletedAt}: no alias may mean it any more.`);
}

interface Moved extends MoveResult {
  model: string;
  before: number | undefined;
}

async function say(context: CliContext, { model, before, outcome, now }: Moved): Promise<void> {
  const { terminal } = context;
  if (outcome === 'stale')
    throw new CommandFailed(
      `${model}: the champion became version ${now} at this moment, so nothing was moved. ` +
        `See \`npx digitflow models history ${model}\`, then say it again.`,
    );
  const worker = outcome === 'moved' ? await tellWorker(context, model) : undefined;
  terminal.document({
    model,
    outcome: outcome === 'moved' ? 'moved' : 'unchanged',
    champion: now ?? null,
    before: before ?? null,
    ...(worker && { worker }),
  });
  if (worker === undefined) return terminal.print(`${model} version ${now} is champion already: nothing to do.`);
  const place = before === undefined ? '' : `, in place of version ${before}`;
  terminal.print(`${terminal.colors.green('✔')} ${model} version ${now} is champion now${place}.`);
  const line = workerLine(worker);
  if (line !== '') terminal.print(line);
}
