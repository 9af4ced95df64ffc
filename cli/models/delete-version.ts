// digitflow models delete: withdraws a version for good. Its number stays taken; its bytes go with the next collection.

import { systemClock } from '../../artifacts/clock.ts';
import { readAliases, VersionInUse, withdrawVersion } from '../../artifacts/registry.ts';
import { confirm } from '../confirm.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, Interrupted } from '../errors.ts';
import { aliasesOf, findVersion } from './find-version.ts';

export async function deleteVersion(
  context: CliContext,
  text: string,
  { model, yes }: { model: string; yes?: boolean },
): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const { version, deletedAt } = await findVersion(store, model, text);
  const name = `${model} version ${version}`;
  if (deletedAt === undefined) {
    const named = aliasesOf(await readAliases(store, model), version).filter((alias) => alias !== 'previous');
    if (named.length > 0) throw inUse(name, named.join(' and '));
    const question = `Withdraw ${name} for good? Its content can't be published again.`;
    if (!(await confirm(context, { text: question, yes }))) throw new Interrupted('nothing was deleted');
  }
  const withdrawn = await withdrawVersion({ store, clock: systemClock }, { model, version }).catch((error: unknown) => {
    throw error instanceof VersionInUse ? inUse(name, error.alias) : error;
  });
  terminal.document({ model, version, outcome: withdrawn.outcome, deletedAt: withdrawn.version.deletedAt });
  terminal.print(
    withdrawn.outcome === 'unchanged'
      ? `${name} was withdrawn before: nothing to do.`
      : `${name} is withdrawn. \`npx digitflow gc\` frees what it alone needed.`,
  );
}

const inUse = (name: string, aliases: string): CommandFailed =>
  new CommandFailed(`${name} is ${aliases}. Promote another one first: \`npx digitflow models promote V --reason …\`.`);
