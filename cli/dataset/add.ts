// digitflow datasets add: packs images, has ingest read them in a run of that one step, and keeps the result under a name.

import { canonicalDigest } from '../../artifacts/canonical.ts';
import { isoNow, systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import { type NamedDataset, parseRunStepRecord, type RunIdentity } from '../../artifacts/manifests.ts';
import { isDatasetName, nameDataset, readNamedDataset } from '../../artifacts/named-datasets.ts';
import { getBlob } from '../../artifacts/blobs.ts';
import { referencesIn } from '../../artifacts/garbage/references.ts';
import type { Store } from '../../artifacts/store.ts';
import type { RunConfiguration, RunConfigurationInput } from '../../config/schema.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { localTime } from '../format.ts';
import { watchRun } from '../progress/watch.ts';
import { RunParked, send } from '../runs/parking.ts';
import { runName } from '../runs/run-name.ts';
import { newRunId, startRun } from '../runs/start-run.ts';
import type { TemporalSession } from '../temporal.ts';
import { nameOfUser } from '../user-name.ts';
import { describeDataset } from './describe.ts';
import { type GivenDataset, givenDatasets, givenSource } from './given-datasets.ts';
import { holdBlobs } from './hold-blobs.ts';
import { ingestSettings } from './ingest-settings.ts';
import { titleOf } from './known-datasets.ts';
import { packGiven } from './pack-given.ts';
import { descriptionDocument, printDescription } from './print-dataset.ts';
import { readingDisplay } from './reading-display.ts';
import { sheetOf, type ShowOptions } from './show.ts';
import { isLive } from './source-text.ts';

/** Words that mean something else where a dataset is named. */
const TAKEN_WORDS = ['builtin', 'feedback', 'latest'];
const LONGEST_NAME = 40;
/** A run that is aborted writes its outcome and ends within a fraction of a second. */
const END_MS = 5_000;

export interface AddOptions extends ShowOptions {
  name?: string;
  labels?: string;
  weight?: number[];
  set?: string[];
}

/** @throws WrongUse; CommandFailed for a name that is taken, and when ingest refuses the images */
export async function addDataset(context: CliContext, specs: string[], options: AddOptions): Promise<void> {
  const { labels, weight, set = [] } = options;
  const given = await givenDatasets(
    { dataset: specs, ...(labels !== undefined && { labels }), ...(weight !== undefined && { weight }) },
    context.folder,
    () => context.store(),
  );
  refuseCorrections(given);
  const name = checkedName(
    options.name ??
      given
        .map((each) => each.name)
        .join('-')
        .slice(0, LONGEST_NAME),
  );
  // Everything that can be wrong with the words is found before anything is sent or started.
  const words = { given, set, folder: context.folder };
  ingestSettings({ ...words, source: givenSource(given, ({ path }) => ({ kind: 'archive', path })) });
  const [store, temporal] = await Promise.all([context.store(), context.temporal()]);
  const earlier = await readNamedDataset(store, name);
  const packed = await packGiven(context, given);
  const ingest = ingestSettings({ ...words, source: packed });
  const record = earlier ?? (await ingestAlone(context, { name, ingest, temporal, store }));
  const named = earlier ?? (await nameDataset(store, record));
  if (canonicalDigest(named.ingest) !== canonicalDigest(ingest))
    throw new CommandFailed(
      `${name} is the name of other images, added ${localTime(named.addedAt)}. ` +
        `Choose another --name, or say \`npx digitflow datasets remove ${name}\` first.`,
    );
  await say(context, named, { options, isNew: earlier === undefined });
}

interface IngestAlone {
  name: string;
  ingest: RunConfiguration['ingest'];
  temporal: TemporalSession;
  store: Store;
}

/** A run of step ingest and nothing else: recorded, reused and kept like any other. */
async function ingestAlone(context: CliContext, { name, ingest, temporal, store }: IngestAlone): Promise<NamedDataset> {
  const { terminal, signal } = context;
  const workflowId = newRunId(`dataset-${name}`, new Date());
  const input = { ingest: ingest as RunConfigurationInput['ingest'], rerun: { only: 'ingest' as const } };
  const { identity } = await startRun(temporal, { workflowId, input, summary: `ingests ${name}` });
  terminal.note(terminal.colors.bold(runName(identity)));
  await watchRun({ temporal, terminal, clock: systemClock, signal, ...identity }).catch((error: unknown) =>
    abortParked(temporal, identity, error),
  );
  const key = keys.runStep(identity, 'ingest');
  const found = await store.get(key);
  if (found === undefined) throw new CommandFailed(`${runName(identity)} left no record of what it ingested`);
  const { step: _step, stepKey, output, summary } = parseRunStepRecord(found.bytes, key);
  // What the manifest names and what was packed: whole again, should a collection have been about to take it.
  const { blobs } = referencesIn(await getBlob(store, output));
  const packed = referencesIn(Buffer.from(JSON.stringify(ingest))).blobs;
  const counted = [output.key, ...blobs, ...packed].map((each) => ({ key: each }));
  await holdBlobs(store, counted, { what: `a part of ${name}`, signal });
  return {
    schemaVersion: 1,
    kind: 'named-dataset',
    name,
    addedAt: isoNow(systemClock),
    author: nameOfUser(),
    ingest,
    step: 'ingest',
    stepKey,
    output,
    summary,
    run: identity,
  };
}

/** Nobody would come back to this run: it is said what is wrong, and adding is said again when it is mended. */
async function abortParked(temporal: TemporalSession, identity: RunIdentity, error: unknown): Promise<never> {
  if (!(error instanceof RunParked)) throw error;
  const { parkingId, failure } = error.parking;
  await send(temporal, identity, parkingId, { update: 'abort', reason: 'datasets add: the images were refused' });
  await endOf(temporal, identity);
  throw new CommandFailed(
    `${failure.type}: ${failure.message}\n` +
      'Nothing was added. `npx digitflow datasets check IMAGES` tells of local images what is wrong with each.',
  );
}

/** Returns when the run has ended, or a little later where no worker lets it end: that needs nobody to wait for it. */
async function endOf({ client }: TemporalSession, { workflowId, firstExecutionRunId }: RunIdentity): Promise<void> {
  const over = new AbortController();
  const ended = client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId }).result();
  const isOver = (): void => over.abort();
  await Promise.race([ended.then(isOver, isOver), systemClock.sleep(END_MS, over.signal).catch(() => undefined)]);
}

async function say(
  context: CliContext,
  { name, output, summary, ingest, run }: NamedDataset,
  { options, isNew }: { options: AddOptions; isNew: boolean },
): Promise<void> {
  const { terminal, signal } = context;
  const display = readingDisplay(terminal, 'reading samples');
  const description = await describeDataset(await context.store(), output, {
    limit: options.limit,
    perClass: options.sheet === undefined ? 0 : options.perClass,
    signal,
    onSamples: (read) => display.update(read),
  }).finally(() => display.close());
  const sheet = await sheetOf(context, description, { title: name, ...options });
  terminal.document({
    name,
    id: output.sha256.slice(0, 12),
    sha256: output.sha256,
    added: isNew,
    dataset: titleOf(summary),
    ...descriptionDocument(description),
    run: runName(run),
    sheet: sheet ?? null,
  });
  terminal.print();
  printDescription(terminal, description);
  terminal.print();
  if (sheet !== undefined) terminal.print(`sheet       ${sheet}`);
  terminal.print(
    isNew
      ? `${terminal.colors.green('✔')} ${name} is added: npx digitflow train --dataset ${name}`
      : `${name} was added before with the same images: nothing to do.`,
  );
  if (isLive(ingest['source'] as RunConfiguration['ingest']['source']))
    terminal.print('  It is read anew by each run that takes it: what is kept is what was there today.');
}

/** @throws WrongUse: what people may withdraw can't be kept under a name */
function refuseCorrections(given: readonly GivenDataset[]): void {
  if (given.some(({ source }) => source?.kind === 'feedback'))
    throw new WrongUse(
      'datasets add feedback: expected images to keep, got corrections, which people may withdraw. ' +
        '`npx digitflow train --dataset feedback` takes those there are.',
    );
}

function checkedName(name: string): string {
  if (!isDatasetName(name) || TAKEN_WORDS.includes(name))
    throw new WrongUse(
      `--name: expected 1–${LONGEST_NAME} lower-case letters, digits and dashes, and not ${TAKEN_WORDS.join(', ')}, got ${JSON.stringify(name)}`,
    );
  return name;
}
