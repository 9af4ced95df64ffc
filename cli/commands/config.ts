// digitflow config: run configurations, before anything runs.

import type { Command } from 'commander';
import { z } from 'zod';
import { InvalidInput } from '../../config/resolve.ts';
import { runConfigurationSchema } from '../../config/schema.ts';
import { configuredValues } from '../configuration/origins.ts';
import type { CliContext } from '../context.ts';
import { table } from '../format.ts';
import { readSettings, type SettingOptions, presetOption } from '../settings.ts';
import { addVerb, several } from '../verb.ts';

export function configVerb(program: Command, context: CliContext): void {
  const config = addVerb(program, {
    name: 'config',
    group: 'Runs:',
    summary: 'shows, checks and describes run configurations',
    examples: [
      ['config show --preset quick', 'every value of that recipe and where it comes from'],
      ['config validate my-run.json', 'all problems of a file'],
      ['config schema > digitflow.schema.json', 'for editors'],
    ],
  });
  addVerb(config, {
    name: 'show',
    group: 'Runs:',
    summary: 'shows the whole configuration that a run would have, and where each value comes from',
    examples: [
      ['config show', 'what `{}` means'],
      ['config show --config my-run.json --set train.seed=2', 'a file, and a value over it'],
      ['config show --preset quick --json', 'for a script'],
    ],
    isLong: true,
  })
    .addOption(presetOption())
    .option('--config <file>', 'a JSON file with a run configuration')
    .option('--set <key=value>', 'one value, e.g. train.batchSize=32; may be repeated', several)
    .action((options: SettingOptions) => show(context, options));
  addVerb(config, {
    name: 'validate <file>',
    group: 'Runs:',
    summary: 'checks a file with a run configuration and lists every problem',
    examples: [['config validate my-run.json', 'exit code 0: a run can be started with it']],
  }).action((file: string) => validate(context, file));
  addVerb(config, {
    name: 'schema',
    group: 'Runs:',
    summary: 'prints the JSON Schema of run configurations',
    details: 'Name the file in a configuration under "$schema", and editors complete and check it.',
    examples: [['config schema > digitflow.schema.json', 'writes it to a file']],
    isLong: true,
  }).action(() => schema(context));
}

function show({ terminal, folder }: CliContext, options: SettingOptions): void {
  const { resolved } = readSettings(options, folder);
  const values = configuredValues(resolved, options, folder);
  terminal.document({ configuration: resolved, values });
  const { colors } = terminal;
  const paint = (from: string): string => (from === 'default' ? colors.dim(from) : from);
  const rows = values.map(({ key, value, from }) => [key, JSON.stringify(value), paint(from)]);
  terminal.print(table(['key', 'value', 'from'], rows));
}

function validate({ terminal, folder }: CliContext, file: string): void {
  try {
    const { resolved } = readSettings({ config: file }, folder);
    terminal.document({ valid: true, problems: [], configuration: resolved });
    terminal.print(`${terminal.colors.green('✔')} ${file} is a run configuration.`);
  } catch (error) {
    if (error instanceof InvalidInput) terminal.document({ valid: false, problems: error.problems });
    throw error;
  }
}

/** A file may say by which schema it is written; a run's input doesn't. */
const fileSchema = runConfigurationSchema.extend({ $schema: z.string().optional() });

function schema({ terminal }: CliContext): void {
  const document = { title: 'digitflow run configuration', ...z.toJSONSchema(fileSchema, { io: 'input' }) };
  terminal.document(document);
  terminal.print(JSON.stringify(document, null, 2));
}
