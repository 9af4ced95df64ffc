// digitflow models: what was published, and what the aliases mean.

import { Option, type Command } from 'commander';
import { EXPORT_FORMATS } from '../../inference/export/export-formats.ts';
import type { CliContext } from '../context.ts';
import { deleteVersion } from '../models/delete-version.ts';
import { exportVersion, type ExportOptions } from '../models/export-version.ts';
import { showHistory } from '../models/history.ts';
import { listEveryVersion, showVersion } from '../models/versions.ts';
import { promoteVersion, rollBackChampion, type MoveOptions } from '../models/move-champion.ts';
import { addVerb, positiveInteger, withoutWord } from '../verb.ts';

const WORDS = ['list', 'show', 'history', 'promote', 'rollback', 'export', 'delete'];
const SHOWN_MOVES = 20;

export function modelsVerb(program: Command, context: CliContext): void {
  const models = addVerb(program, {
    name: 'models',
    group: 'Models:',
    summary: 'lists model versions, shows one, moves the champion',
    examples: [
      ['models', 'every version with its aliases'],
      ['models show champion', 'files, metrics and where it came from'],
      ['models show 3 --model letters', 'version 3 of another model'],
      ['models rollback --reason "misreads 7"', 'back to the champion before'],
      ['models export champion --format onnx --to ./digits-onnx', 'files for other programs'],
    ],
    isLong: true,
  });
  addVerb(models, {
    name: 'list',
    group: 'Models:',
    summary: 'lists model versions (the default)',
    examples: [['models list --json', 'for a script']],
    isLong: true,
  }).action(() => listEveryVersion(context));
  addVerb(models, {
    name: 'show <version>',
    group: 'Models:',
    summary: 'shows one version: a number, champion, candidate or previous',
    examples: [['models show champion', 'what predictions are made by']],
    isLong: true,
  })
    .option('--model <name>', "the model's name", 'digits')
    .action((text: string, options: { model: string }) => showVersion(context, options.model, text));
  addMoves(models, context);
  addExport(models, context);
  withoutWord(models, WORDS, () => listEveryVersion(context));
}

function addMoves(models: Command, context: CliContext): void {
  const group = 'Models:';
  addVerb(models, {
    name: 'history [model]',
    group,
    summary: 'shows every move of the aliases, newest first',
    details: 'With --json every move, oldest first.',
    examples: [
      ['models history', 'what became champion of digits, when, by whom and why'],
      ['models history letters --limit 100', 'more of another model'],
    ],
    isLong: true,
  })
    .option('--limit <count>', 'how many at most', positiveInteger('--limit'), SHOWN_MOVES)
    .action((model: string | undefined, { limit }: { limit: number }) =>
      showHistory(context, model ?? 'digits', limit),
    );
  const mover = (verb: Command): Command =>
    verb
      .requiredOption('--reason <text>', 'why: stands in the history for good')
      .option('--author <name>', "who says so (default: this system's user)")
      .option('--model <name>', "the model's name", 'digits');
  mover(
    addVerb(models, {
      name: 'promote <version>',
      group,
      summary: 'makes a version champion: a number, candidate or previous',
      details: 'No run that was measured before takes it back. The inference worker of this stack is told at once.',
      examples: [['models promote 4 --reason "reads our forms better"', 'a word against the gate, or before it']],
    }),
  ).action((text: string, options: MoveOptions) => promoteVersion(context, text, options));
  mover(
    addVerb(models, {
      name: 'rollback [version]',
      group,
      summary: 'makes the champion what it was before, or a named version',
      details: 'A late retry of the run that published the bad one does not undo it.',
      examples: [
        ['models rollback --reason "misreads 7"', 'to the version before'],
        ['models rollback 2 --reason "the last one without that"', 'further back'],
      ],
    }),
  ).action((text: string | undefined, options: MoveOptions) => rollBackChampion(context, text, options));
  addVerb(models, {
    name: 'delete <version>',
    group,
    summary: 'withdraws a version for good, after asking',
    details: 'Refused while champion or candidate mean it. Its number stays taken; `gc` frees its bytes.',
    examples: [['models delete 3 --yes', 'without asking, e.g. in a script']],
  })
    .option('--model <name>', "the model's name", 'digits')
    .option('--yes', 'does not ask')
    .action((text: string, options: { model: string; yes?: boolean }) => deleteVersion(context, text, options));
}

function addExport(models: Command, context: CliContext): void {
  addVerb(models, {
    name: 'export <version>',
    group: 'Models:',
    summary: 'writes the files of a version for other programs, with a model card',
    details:
      'Its signature and digests are checked, then the files themselves: opened in their own runtime, they have to give\n' +
      "the trainer's probabilities on the whole test split, within 1e-4. Else nothing is written.",
    examples: [
      ['models export champion --format onnx --to ./digits-onnx', 'for onnxruntime, in any language'],
      ['models export 3 --format savedmodel --to ./digits-tf', 'for TensorFlow and TensorFlow Serving'],
      ['models export champion --format tfjs --to ./public/model --force', 'into a folder that holds other files'],
    ],
  })
    .addOption(new Option('--format <format>', 'what to write').choices(EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption('--to <folder>', 'where to: an empty folder, or one that is made')
    .option('--license <id>', 'the licence that the model card names, e.g. apache-2.0', 'unknown')
    .option('--force', 'writes into a folder that is not empty; files of the same name are replaced')
    .option('--model <name>', "the model's name", 'digits')
    .action((text: string, options: ExportOptions) => exportVersion(context, text, options));
}
