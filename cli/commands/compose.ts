// digitflow compose: what a stack in containers needs before docker compose can start it.

import type { Command } from 'commander';
import { join, resolve } from 'node:path';
import { checkoutFolder } from '../../config/home.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed } from '../errors.ts';
import { addVerb, withoutWord } from '../verb.ts';

export function composeVerb(program: Command, context: CliContext): void {
  const group = 'Stack:';
  const compose = addVerb(program, {
    name: 'compose',
    group,
    summary: 'prepares docker-compose.yml: the whole stack in containers',
    examples: [['compose init', 'writes .env: passwords, token, ports']],
  });
  addVerb(compose, {
    name: 'init',
    group,
    summary: 'writes .env for docker-compose.yml, with random passwords',
    details:
      'For its owner alone (mode 0600), beside docker-compose.yml. Shows the token of the inference worker this once:\n' +
      'the file keeps its hash. One that is there stays: the volumes of a stack know its passwords.',
    examples: [
      ['compose init', 'then docker compose up --detach --build'],
      ['compose init --force', 'new passwords, e.g. after `docker compose down --volumes`'],
    ],
  })
    .option('--force', 'writes over a file that is there')
    .option('--to <file>', 'another file; docker compose then takes --env-file')
    .action((options: InitOptions) => init(context, options));
  withoutWord(compose, ['init'], () => compose.outputHelp());
}

interface InitOptions {
  force?: boolean;
  to?: string;
}

async function init({ terminal, folder }: CliContext, options: InitOptions): Promise<void> {
  const { createComposeSettings, writeComposeSettings } = await import('../../setup/compose.ts');
  const path = options.to === undefined ? join(checkoutFolder, '.env') : resolve(folder, options.to);
  const settings = createComposeSettings();
  if (!writeComposeSettings(path, settings, { replace: options.force === true }))
    throw new CommandFailed(
      `${path} is there already, and the volumes of a running stack know its passwords. ` +
        'Move it away, or write over it with --force.',
    );
  const { DIGITFLOW_INFERENCE_PORT: port, DIGITFLOW_TEMPORAL_UI_PORT: uiPort } = settings.variables;
  const command = `docker compose ${options.to === undefined ? '' : `--env-file ${path} `}up --detach --build`;
  const page = `http://localhost:${port}`;
  const temporalUi = `http://localhost:${uiPort}`;
  terminal.document({ path, token: settings.token, page, temporalUi, command });
  terminal.print(`${terminal.colors.green('✔')} ${path}`);
  terminal.print(`  token        ${settings.token}`);
  terminal.print('               shown this once: only its hash is kept');
  terminal.print(`  start        ${command}`);
  terminal.print('  first model  docker compose run --rm digitflow train');
  terminal.print(`  page         ${page}`);
  terminal.print(`  Temporal     ${temporalUi}`);
}
