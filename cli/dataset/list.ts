// digitflow datasets list: one line a dataset.

import { concurrently } from '../../artifacts/concurrently.ts';
import type { CliContext } from '../context.ts';
import { figure, localTime, table } from '../format.ts';
import { runName } from '../runs/run-name.ts';
import { allDatasets } from './find-dataset.ts';
import { datasetDocument, figureOf, readManifest, samplesByClass, type KnownDataset } from './known-datasets.ts';
import { sourceText } from './source-text.ts';

const READS_AT_ONCE = 8;

export async function listDatasets(context: CliContext, limit: number): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const { datasets, damaged } = await allDatasets(context);
  const shown = datasets.slice(0, limit);
  const manifests = await concurrently(shown, READS_AT_ONCE, ({ output }) => readManifest(store, output));
  terminal.document({
    datasets: shown.map((known, i) => datasetDocument(known, manifests[i])),
    total: datasets.length,
    damaged,
  });
  if (datasets.length === 0)
    return terminal.print(
      'No dataset yet. `npx digitflow datasets check FOLDER` tries images out; `train` ingests them.',
    );
  terminal.print(
    table(
      ['id', 'name', 'images from', 'samples', 'a class', 'rejected', 'made', 'taken by'],
      shown.map((known, i) => {
        const manifest = manifests[i];
        return [
          known.id.slice(0, 8),
          terminal.colors.green(known.names.join(', ')),
          shortened(sourceText(known.source)),
          manifest === undefined ? terminal.colors.dim('collected') : figure(manifest.sampleCount),
          manifest === undefined ? '' : rangeOf(Object.values(samplesByClass(manifest))),
          figure(figureOf(known.summary, 'rejected') ?? 0),
          localTime(known.at),
          takenBy(known),
        ];
      }),
    ),
  );
  if (datasets.length > shown.length) terminal.print(`\n${shown.length} of ${datasets.length}; --limit shows more`);
}

/** e.g. `812–1,204`; one figure where all classes have as many. */
function rangeOf(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? figure(most) : `${figure(least)}–${figure(most)}`;
}

/** Versions say more than runs. */
export function takenBy({ versions, runs }: Pick<KnownDataset, 'versions' | 'runs'>): string {
  if (versions.length > 0) {
    const last = versions.slice(-3).map(({ name, version }) => `${name} ${version}`);
    return (versions.length > last.length ? '… ' : '') + last.join(', ');
  }
  const [newest] = runs;
  if (newest === undefined) return '';
  return `${runName(newest)}${runs.length > 1 ? ` and ${runs.length - 1} more` : ''}`;
}

const shortened = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 18)}…${text.slice(-21)}`);
