// digitflow reproduce: computes a version once more from its sources and says whether every byte is the same.

import type { Command } from 'commander';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DamagedArtifact } from '../../artifacts/blobs.ts';
import { keys } from '../../artifacts/keys.ts';
import { type ModelVersion, parseParking, parseRunRecord } from '../../artifacts/manifests.ts';
import { readVersion } from '../../artifacts/model-versions.ts';
import type { Store } from '../../artifacts/store.ts';
import { cacheFolder, checkoutFolder } from '../../config/home.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { duration, size } from '../format.ts';
import { findVersion } from '../models/find-version.ts';
import { type ChosenCheckout, chooseCheckout } from '../reproduce/choose-checkout.ts';
import { compareMade, explain, type Comparison, type Explanation } from '../reproduce/compare.ts';
import { layOutSource } from '../reproduce/lay-out-source.ts';
import { readMade } from '../reproduce/original.ts';
import { openScratch, recompute } from '../reproduce/recompute.ts';
import { runName } from '../runs/run-name.ts';
import { type KeyedStep, readKeyedSteps } from '../runs/why.ts';
import { addVerb } from '../verb.ts';

export function reproduceVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'reproduce <version>',
    group: 'Models:',
    summary: 'computes a version anew from its sources and compares every byte',
    details:
      'Takes the commit that published the version if this clone has it, the bytes of the source that ingest kept, and\n' +
      'the configuration of the run; runs all steps in a stack and a store of their own and publishes nothing. Compares\n' +
      'dataset, splits, pool, state vector, metrics and model files, and names the first step and file that differ, and\n' +
      'whether code, environment or data explains it. Takes as long as the run took. Exit code 1 when anything differs.',
    examples: [
      ['reproduce champion', 'the version that predictions are made by'],
      ['reproduce 3 --model letters --json', 'for a script: `.same`, `.difference`'],
    ],
  })
    .option('--model <name>', "the model's name", 'digits')
    .action((text: string, { model }: { model: string }) => reproduce(context, model, text));
}

interface Difference extends Explanation {
  step: string;
  file: string;
  what: string;
}

async function reproduce(context: CliContext, model: string, text: string): Promise<void> {
  const { terminal, environment } = context;
  const startedMs = performance.now();
  const store = await context.store();
  const version = await findVersion(store, model, text);
  const base = join(cacheFolder(environment), 'reproduce');
  await mkdir(base, { recursive: true });
  const folder = await mkdtemp(join(base, `${model}-${version.version}-`));
  let checkout: ChosenCheckout | undefined;
  try {
    const note = (line: string): void => terminal.note(terminal.colors.dim(line));
    const originals = await readKeyedSteps(store, version.run).catch((): KeyedStep[] => []);
    const options = { store, version, folder, note, originals };
    checkout = await chooseCheckout({ version, root: checkoutFolder, folder, note, signal: context.signal });
    note(`computing ${model} version ${version.version} anew with ${checkout.said}`);
    const outcome = await outcomeOf(context, checkout, options).catch((error: unknown) => {
      if (!(error instanceof DamagedArtifact)) throw error;
      return { difference: ofDamage(error, originals), comparison: undefined, kept: undefined };
    });
    tell(context, { ...outcome, version, checkout, seconds: (performance.now() - startedMs) / 1000 });
  } finally {
    await checkout?.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Work {
  store: Store;
  version: ModelVersion;
  folder: string;
  note: (text: string) => void;
  originals: KeyedStep[];
}

async function outcomeOf(
  { environment, signal }: CliContext,
  { root }: ChosenCheckout,
  { store, version, folder, note, originals }: Work,
) {
  const made = await readMade(store, version);
  const configuration = await configurationOf(store, version);
  const { source } = made.dataset;
  const scratch = await openScratch(folder, environment, { shareDownloads: source === undefined });
  const laidOut = await layOutSource({
    store,
    scratch: scratch.store,
    source,
    configuration,
    folder: scratch.sourceFolder,
  });
  if (!laidOut.kept) note('ingest kept no bytes of the source: they are taken from where they came from');
  const anew = await recompute({
    root,
    scratch,
    configuration: laidOut.configuration,
    variables: laidOut.environment,
    environment,
    note,
    signal,
  });
  const again = await readVersion(scratch.store, anew.model.name, anew.model.version);
  note('comparing');
  const comparison = await compareMade(
    { store, made },
    { store: scratch.store, made: await readMade(scratch.store, again) },
  );
  const { first } = comparison;
  if (first === undefined) return { difference: undefined, comparison, kept: laidOut.kept };
  const steps = await readKeyedSteps(scratch.store, anew.identity);
  const explanation = explain(first, originals, steps, version.code['node']);
  const difference: Difference = { step: first.step, file: first.file, what: first.detail, ...explanation };
  return { difference, comparison, kept: laidOut.kept };
}

/** What the run was asked for; where it was parked and went on with other values, those. @throws CommandFailed */
async function configurationOf(store: Store, { run }: ModelVersion): Promise<Record<string, unknown>> {
  const found = await store.get(keys.run(run));
  if (found === undefined)
    throw new CommandFailed(`the record of ${runName(run)}, which made it, is gone: its configuration is not known`);
  let { configuration } = parseRunRecord(found.bytes, found.key);
  let decidedAt = '';
  for await (const { key } of store.list(keys.parkings(run))) {
    const { decision } = parseParking((await store.get(key))!.bytes, key);
    if (decision?.configuration === undefined || decision.decidedAt < decidedAt) continue;
    ({ configuration, decidedAt } = { configuration: decision.configuration, decidedAt: decision.decidedAt });
  }
  return configuration;
}

function ofDamage({ ref, message }: DamagedArtifact, originals: readonly KeyedStep[]): Difference {
  const maker = originals.find(({ record }) => record?.blobs.some(({ key }) => key === ref.key));
  return {
    step: maker?.name ?? 'unknown',
    file: ref.key,
    what: 'is damaged in the store',
    cause: 'data',
    detail: message,
  };
}

interface Told {
  difference: Difference | undefined;
  comparison: Comparison | undefined;
  kept: boolean | undefined;
  version: ModelVersion;
  checkout: ChosenCheckout;
  seconds: number;
}

/** @throws CommandFailed when something differs */
function tell({ terminal }: CliContext, { difference, comparison, kept, version, checkout, seconds }: Told): void {
  const { name, version: number, code } = version;
  const compared = comparison?.compared ?? {};
  terminal.document({
    model: name,
    version: number,
    same: difference === undefined,
    difference: difference ?? null,
    mismatches: comparison?.mismatches ?? null,
    compared,
    code: {
      commit: code['commit'] ?? null,
      dirty: code['dirty'] ?? null,
      used: checkout.said,
      same: checkout.same ?? null,
    },
    sourceKept: kept ?? null,
    seconds: Math.round(seconds * 10) / 10,
  });
  for (const [step, { files, bytes }] of Object.entries(compared))
    terminal.print(
      `  ${step.padEnd(10)} ${String(files).padStart(2)} files, ${size(bytes)}${difference?.step === step ? terminal.colors.red('  differs') : ''}`,
    );
  if (difference === undefined)
    return terminal.print(
      `${terminal.colors.green('✔')} ${name} version ${number} is reproduced: 0 differing bytes (${duration(seconds)})`,
    );
  throw new CommandFailed(
    `${name} version ${number} is not reproduced. ${difference.step}: ${difference.file} ${difference.what}.\n` +
      `  explained by ${difference.cause}: ${difference.detail}`,
  );
}
