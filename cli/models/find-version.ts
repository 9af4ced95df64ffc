// How people name model versions: a number, `champion`, `candidate`, `previous`; `name@version` for another model.

import { type Aliases, readAliases } from '../../artifacts/aliases.ts';
import { keys } from '../../artifacts/keys.ts';
import type { ModelVersion } from '../../artifacts/manifests.ts';
import { listModels, readVersion, VersionMissing } from '../../artifacts/model-versions.ts';
import type { Store } from '../../artifacts/store.ts';
import { CommandFailed, NotFound, WrongUse } from '../errors.ts';

const ALIASES = ['champion', 'candidate', 'previous'] as const;

const NUMBER = /^[1-9]\d{0,8}$/;

/** Whether a word can only mean a version: a number or an alias. */
export const isVersionText = (text: string): boolean => NUMBER.test(text) || ALIASES.some((name) => name === text);

/** Thrown when no version has that name or number. */
export class NoSuchVersion extends NotFound {}

/**
 * @param text `3`, `champion`, `candidate` or `previous`
 * @throws WrongUse, NoSuchVersion, InvalidModelName, InvalidRecord; CommandFailed for a record of another version
 */
export async function findVersion(store: Store, model: string, text: string): Promise<ModelVersion> {
  const version = NUMBER.test(text) ? Number(text) : await versionOfAlias(store, model, text);
  try {
    const found = await readVersion(store, model, version);
    if (found.name === model && found.version === version) return found;
    // Neither digest nor signature covers the number: a record that was copied would take the place of what people mean.
    throw new CommandFailed(
      `${model} version ${version}: its record is that of ${found.name} version ${found.version}`,
    );
  } catch (error) {
    if (error instanceof VersionMissing)
      throw new NoSuchVersion(`${model} has no version ${version}. See \`npx digitflow models\`.`, { cause: error });
    throw error;
  }
}

async function versionOfAlias(store: Store, model: string, text: string): Promise<number> {
  const alias = ALIASES.find((name) => name === text);
  if (alias === undefined)
    throw new WrongUse(`expected a version number, ${ALIASES.join(', ')}, got ${JSON.stringify(text)}`);
  keys.aliases(model); // refuses a name that can't be one before it is said to have no versions
  const version = (await readAliases(store, model))[alias];
  if (version !== undefined) return version;
  const models = await listModels(store);
  throw new NoSuchVersion(
    models.includes(model)
      ? `${model} has no ${alias}. See \`npx digitflow models\`.`
      : `no model is named ${model}${models.length > 0 ? ` (there is ${models.join(', ')})` : ''}. ` +
          'Train one with `npx digitflow train`.',
  );
}

/** The aliases that mean a version, e.g. [`champion`]. */
export const aliasesOf = (aliases: Aliases, version: number): string[] =>
  ALIASES.filter((name) => aliases[name] === version);
