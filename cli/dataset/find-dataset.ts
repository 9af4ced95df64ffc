// From what a person calls a dataset to the dataset: a name that was given to it, the beginning of its digest, or a run.

import { readNamedDataset, isDatasetName } from '../../artifacts/named-datasets.ts';
import { type CliContext } from '../context.ts';
import { NotFound, WrongUse } from '../errors.ts';
import { reachRuns } from '../runs/reach.ts';
import { LATEST, runName } from '../runs/run-name.ts';
import { findRun } from '../runs/runs.ts';
import { readRunSteps } from '../runs/stored-runs.ts';
import { readingDisplay } from './reading-display.ts';
import { type KnownDataset, knownDatasets } from './known-datasets.ts';

/** Every dataset; says what can't be read. */
export async function allDatasets(context: CliContext) {
  const display = readingDisplay(context.terminal, 'reading records');
  try {
    const known = await knownDatasets(await context.store(), (done, total) => display.update({ done, total }));
    for (const key of known.damaged) context.terminal.warn(context.terminal.colors.yellow(`${key} can't be read`));
    return known;
  } finally {
    display.close();
  }
}

/** @throws NotFound; WrongUse for a digest that means several; NoSuchRun */
export async function findDataset(context: CliContext, text: string): Promise<KnownDataset> {
  const store = await context.store();
  const { datasets } = await allDatasets(context);
  const bySha256 = (sha256: string): KnownDataset | undefined =>
    datasets.find(({ output }) => output.sha256 === sha256);
  const named = isDatasetName(text) && text !== LATEST ? await readNamedDataset(store, text) : undefined;
  if (named !== undefined) return bySha256(named.output.sha256)!;
  if (/^[0-9a-f]{4,64}$/.test(text)) {
    const meant = datasets.filter(({ output }) => output.sha256.startsWith(text));
    if (meant.length === 1) return meant[0]!;
    if (meant.length > 1)
      throw new WrongUse(`${text}: expected the beginning of one digest, got ${meant.map(({ id }) => id).join(', ')}`);
  }
  const run = await findRun(await reachRuns(context), text).catch((error: unknown) => {
    if (text === LATEST || !(error instanceof NotFound)) throw error;
    throw new NotFound(
      `no dataset and no run is named ${text}: expected a name, the beginning of a digest, a run or \`latest\`. ` +
        'See `npx digitflow datasets`.',
    );
  });
  const step = (await readRunSteps(store, run.identity)).find((each) => each.step === 'ingest');
  const known = step && bySha256(step.output.sha256);
  if (known === undefined)
    throw new NotFound(`${runName(run.identity)} has not ingested anything (yet): see \`npx digitflow show\``);
  return known;
}
