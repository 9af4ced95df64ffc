// digitflow datasets: what images there are, before and after ingest.

import type { Command } from 'commander';
import { addDataset, type AddOptions } from '../dataset/add.ts';
import { checkImages, type CheckOptions } from '../dataset/check.ts';
import { weights } from '../dataset/given-datasets.ts';
import { listDatasets } from '../dataset/list.ts';
import { removeDataset } from '../dataset/remove.ts';
import { showDataset, type ShowOptions } from '../dataset/show.ts';
import type { CliContext } from '../context.ts';
import { WrongUse } from '../errors.ts';
import { addVerb, positiveInteger, several, withoutWord } from '../verb.ts';

const WORDS = ['list', 'show', 'check', 'add', 'remove'];
const LISTED = 20;
const NAMED = 10;
const PER_CLASS = 20;
/** More cells a row are wider than a contact sheet may be. */
const MOST_PER_CLASS = 80;

export function datasetsVerb(program: Command, context: CliContext): void {
  const group = 'Datasets:';
  const datasets = addVerb(program, {
    name: 'datasets',
    group,
    summary: 'lists datasets, shows one, tries images out, adds and removes names',
    examples: [
      ['datasets', 'what was ingested, and what took it'],
      ['datasets check ./my-digits', 'what a run would take of a folder, without a stack'],
      ['datasets show latest --sheet samples.png', 'the dataset of the newest run, with pictures'],
      ['datasets add ./my-digits --name meters', 'ingested once, kept, and then: train --dataset meters'],
    ],
    isLong: true,
  });
  addVerb(datasets, {
    name: 'list',
    group,
    summary: 'lists datasets, newest first (the default)',
    examples: [
      ['datasets list --limit 100', 'more of them'],
      ['datasets list --json', 'for a script: with images a class'],
    ],
    isLong: true,
  })
    .option('--limit <count>', 'how many at most', positiveInteger('--limit'), LISTED)
    .action(({ limit }: { limit: number }) => listDatasets(context, limit));
  const shown = (verb: Command): Command =>
    verb
      .option('--sheet <file>', 'writes a contact sheet as PNG: samples of each class')
      .option('--per-class <count>', 'samples of each class on the sheet', cells, PER_CLASS)
      .option('--limit <count>', 'how many rejected files, duplicates and conflicts are named', wholeNumber, NAMED);
  shown(
    addVerb(datasets, {
      name: 'show <dataset>',
      group,
      summary: 'shows one dataset: classes, rejected files, duplicates, conflicts',
      details:
        'DATASET is its name, the beginning of its digest, a run (id, id@last8), or `latest`: of the newest run.',
      examples: [
        ['datasets show meters', 'the dataset of that name'],
        ['datasets show 3f2a9c81 --sheet samples.png', 'with pictures'],
        ['datasets show latest --limit 1000 --json', 'every rejected file with its reason, for a script'],
      ],
      isLong: true,
    }),
  ).action((text: string, options: ShowOptions) => showDataset(context, text, options));
  const sources = (verb: Command): Command =>
    verb
      .option('--labels <spec>', 'file or address of the labels of an IDX file of images')
      .option('--set <key=value>', 'one value of ingest, e.g. ingest.maxRejectedRatio=0.05; may be repeated', several);
  shown(
    sources(
      addVerb(datasets, {
        name: 'check <images...>',
        group,
        summary: 'tries out what ingest would take of images, and says what is wrong with the rest',
        details:
          'Ingest itself reads them, into a temporary folder. Needs no stack, changes nothing.\n' +
          'Exit code 1: a run would refuse them.',
        examples: [
          ['datasets check ./my-digits', 'one sub-folder a class: 0, 1, … 9'],
          ['datasets check digits.tgz --sheet samples.png', 'an archive, with pictures'],
          ['datasets check scans.zip --set ingest.maxRejectedRatio=0.1 --json', 'with another limit, for a script'],
          ['datasets check https://example.org/digits.zip', 'fetched as a worker would'],
        ],
        isLong: true,
      }),
    ),
  ).action((specs: string[], options: CheckOptions) => checkImages(context, specs, options));
  shown(
    sources(
      addVerb(datasets, {
        name: 'add <images...>',
        group,
        summary: 'brings images into the store under a name: a run of ingest alone, which trains nothing',
        details:
          'IMAGES as for `train --dataset`; several are one dataset, each a slice of its own. What lies on this machine is\n' +
          'packed and stays as it is; an address or a bucket is read anew by each run that takes the dataset.',
        examples: [
          ['datasets add ./my-digits --name meters', 'then: train --dataset meters'],
          ['datasets add builtin ./mine --weight 1 --weight 3 --name both', 'two sources, a quarter and three'],
          ['datasets add s3://digits/scans --name scans', 'read by a worker'],
          ['datasets add digits.tgz --dry-run', 'the same as `datasets check`'],
        ],
      })
        .option('--name <name>', 'lower-case letters, digits and dashes; by default that of the file or folder')
        .option('--weight <number>', 'share of the pool of each of several, in their order; 1 by default', weights)
        .option('--dry-run', 'tries it out and adds nothing'),
    ),
  ).action((specs: string[], options: AddOptions & CheckOptions & { dryRun?: boolean }) =>
    options.dryRun === true ? checkImages(context, specs, options) : addDataset(context, specs, options),
  );
  addVerb(datasets, {
    name: 'remove <name>',
    group,
    summary: 'forgets a name, after asking; `gc` then frees what nothing else needs',
    details: 'Runs and versions that took the dataset stay as they are.',
    examples: [['datasets remove meters --yes', 'without asking, e.g. in a script']],
  })
    .option('--yes', 'does not ask')
    .action((name: string, options: { yes?: boolean }) => removeDataset(context, name, options));
  withoutWord(datasets, WORDS, () => listDatasets(context, LISTED));
}

function cells(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST_PER_CLASS) return value;
  throw new WrongUse(`--per-class: expected a whole number from 1 to ${MOST_PER_CLASS}, got ${JSON.stringify(text)}`);
}

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new WrongUse(`--limit: expected a whole number, got ${JSON.stringify(text)}`);
}
