// digitflow up, down: the stack in the background.

import type { Command } from 'commander';
import { join } from 'node:path';
import { checkoutFolder, homeFolder } from '../../config/home.ts';
import type { StoreChoice } from '../../setup/stack.ts';
import type { CliContext } from '../context.ts';
import { storeChoice } from '../stack/store-choice.ts';
import { endpointsOf } from '../summary.ts';
import { addVerb } from '../verb.ts';

export function upVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'up',
    group: 'Stack:',
    summary: 'starts servers and workers in the background',
    details: 'Returns when all are ready. Beside a stack that runs already it does nothing.',
    examples: [
      ['up', 'Temporal, MinIO, workers'],
      ['up --store file', 'without MinIO: objects as plain files'],
    ],
  })
    .option('--store <kind>', 'minio, or file: objects as plain files in the home', storeChoice, 'minio')
    .action(({ store }: { store: StoreChoice }) => up(context, store));
}

export function downVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'down',
    group: 'Stack:',
    summary: 'stops the stack, whoever started it',
    details: 'Data stays. Runs that were going on go on at the next start.',
    examples: [['down', 'within ten seconds']],
  }).action(() => down(context));
}

async function up(context: CliContext, store: StoreChoice): Promise<void> {
  const { environment, terminal } = context;
  const [{ startDetached }, { prepareForStack }, { reportStack }] = await Promise.all([
    import('../../setup/stack.ts'),
    import('../stack/open-stack.ts'),
    import('../stack/stack-display.ts'),
  ]);
  await prepareForStack(context, store); // here, where a person sees what it does; the supervisor then finds it made
  const stack = await startDetached({
    home: homeFolder(environment),
    command: process.execPath,
    args: [join(checkoutFolder, 'cli', 'digitflow.mjs'), 'start', '--no-train', '--store', store],
    cwd: checkoutFolder,
    environment,
    report: reportStack(terminal),
  });
  const endpoints = endpointsOf(context.connections());
  terminal.document({ supervisorPid: stack.supervisorPid ?? null, endpoints });
  for (const [part, url] of Object.entries(endpoints)) terminal.print(`  ${part.padEnd(10)} ${url}`);
  terminal.print('Stop it with `npx digitflow down`.');
}

async function down({ environment, terminal }: CliContext): Promise<void> {
  const [{ stopStack }, { reportStack }] = await Promise.all([
    import('../../setup/stack.ts'),
    import('../stack/stack-display.ts'),
  ]);
  const result = await stopStack({ home: homeFolder(environment), report: reportStack(terminal) });
  terminal.document(result);
  const said = {
    stopped: 'stopped',
    killed: 'its supervisor did not answer and was killed; all parts are stopped',
    cleanedUp: 'its supervisor had been killed; what it left behind is stopped',
    notRunning: 'nothing was running',
  };
  terminal.print(said[result.outcome]);
}
