// digitflow predict: reads pictures as digits with the champion, in this process. Needs the store, not Temporal.

import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import type { Predictor } from '../../inference/predictor.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, messageOf, WrongUse } from '../errors.ts';
import { percent, table } from '../format.ts';
import { openPredictor } from '../models/open-predictor.ts';
import { pictureFiles, type PictureFile } from '../predict/picture-files.ts';
import { addVerb } from '../verb.ts';

interface PredictOptions {
  model: string;
  at: string;
}

/** One file's answer; `error` instead of the rest when it can't be read. */
interface Prediction {
  file: string;
  label?: string;
  probability?: number;
  decision?: string;
  error?: string;
}

export function predictVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'predict <picture...>',
    group: 'Models:',
    summary: 'reads each picture as one digit',
    details:
      'PICTURE is a file, or a folder with everything under it. The label is the likeliest digit; the decision is\n' +
      '`digit`, `uncertain` (under the threshold) or `none` (no digit).',
    examples: [
      ['predict photo.png', 'one picture'],
      ['predict scans/ more/7.jpg --json', 'a folder and a file, for a script'],
      ['predict photo.png --at 3', 'by version 3 instead of the champion'],
    ],
  })
    .option('--model <name>', "the model's name", 'digits')
    .option('--at <version>', 'a version number or an alias', 'champion')
    .action((names: string[], options: PredictOptions) => predict(context, names, options));
}

async function predict(context: CliContext, names: string[], options: PredictOptions): Promise<void> {
  if (names.some((name) => name === '')) throw new WrongUse('expected names of pictures, got an empty one');
  const files = await pictureFiles(names, context.folder);
  const predictor = await openPredictor(context, { model: options.model, at: options.at });
  const predictions: Prediction[] = [];
  try {
    for (const file of files) {
      context.signal.throwIfAborted();
      predictions.push(await predictFile(predictor, file));
    }
  } finally {
    await predictor.dispose();
  }
  const { terminal } = context;
  terminal.document({ model: predictor.model, predictions });
  terminal.print(
    table(
      ['file', 'label', 'probability', 'decision'],
      predictions.map(({ file, label, probability, decision, error }) => [
        file,
        label ?? terminal.colors.red('–'),
        probability === undefined ? '' : percent(probability),
        error === undefined ? (decision ?? '') : terminal.colors.red(error),
      ]),
    ),
  );
  const failed = predictions.filter(({ error }) => error !== undefined).length;
  if (failed > 0) throw new CommandFailed(`${failed} of ${predictions.length} pictures could not be read`);
}

async function predictFile(predictor: Predictor, { file, path }: PictureFile): Promise<Prediction> {
  const { decodeImage } = await import('../../inference/decode-image.ts');
  try {
    const image = await decodeImage(await readFile(path));
    return { file, ...(await predictor.predict(image)) };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { file, error: missing ? 'no such file' : messageOf(error).split('\n')[0]! };
  }
}
