// digitflow train: checks the configuration here, brings local images into the store, starts a run, watches it.

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { Refused, WrongUse } from '../errors.ts';
import { followRun } from '../runs/follow-run.ts';
import { runName } from '../runs/run-name.ts';
import { readRun, runOptions, type RunOptions } from '../runs/run-options.ts';
import { checkedRunId, newRunId, startRun } from '../runs/start-run.ts';
import { endpointsOf } from '../summary.ts';
import { addVerb } from '../verb.ts';

interface TrainOptions extends RunOptions {
  watch?: boolean;
  detach?: boolean;
  id?: string;
}

export function trainVerb(program: Command, context: CliContext): void {
  runOptions(
    addVerb(program, {
      name: 'train',
      group: 'Runs:',
      summary: 'starts a run: from images to a published model version',
      details:
        'Steps that were done before with the same input are reused. Without options it trains on the built-in digits.\n' +
        'Ctrl-C stops watching; the run goes on.',
      examples: [
        ['train', 'the built-in digits, by the default recipe'],
        ['train --dataset ./my-digits', 'one sub-folder a class: 0, 1, … 9'],
        ['train --dataset digits.tgz --preset fast-print', 'an archive, by a named recipe'],
        [
          'train --dataset train-images-idx3-ubyte.gz',
          "MNIST's format; the labels lie beside it, or --labels names them",
        ],
        [
          'train --dataset https://example.org/digits.zip --set ingest.source.sha256=…',
          'by a worker, from the network',
        ],
        ['train --dataset s3://digits/scans', 'objects in a bucket that the worker may read, one folder a class'],
        ['train --dataset builtin --dataset ./mine --weight 3 --weight 1', 'both in one dataset, three parts to one'],
        ['train --dataset feedback', 'what people corrected on the page'],
        ['train --dataset meters', 'a dataset that `datasets add --name meters` put into the store'],
        ['train --set train.trainSteps=500 --set train.seed=2', 'single values; any key of the configuration'],
        ['train --engine wasm', "without TensorFlow's library"],
        ['train --detach --json', 'starts, and prints the name of the run'],
      ],
    }),
  )
    .option('--watch', 'shows the run until it ends (the default)')
    .option('--detach', 'starts the run and returns')
    .option('--id <id>', "the run's name; by default model, time and a random part")
    .action((options: TrainOptions) => train(context, options));
}

async function train(context: CliContext, options: TrainOptions): Promise<void> {
  if (options.watch && options.detach) throw new WrongUse('--watch and --detach exclude each other');
  const { resolved, pack } = await readRun(context, options);
  const workflowId = options.id === undefined ? newRunId(resolved.publish.model, new Date()) : checkedRunId(options.id);
  const temporal = await context.temporal();
  const { identity } = await startRun(temporal, {
    workflowId,
    input: await pack(),
    summary: `trains ${resolved.publish.model}`,
  });
  const { terminal } = context;
  const url = temporal.runUrl(workflowId, identity.firstExecutionRunId);
  terminal.note(`${terminal.colors.bold(workflowId)}${url === undefined ? '' : `  ${terminal.colors.dim(url)}`}`);
  if (options.detach) {
    terminal.print(`  watch  npx digitflow show ${workflowId} --watch`);
    terminal.document({
      run: workflowId,
      firstExecutionRunId: identity.firstExecutionRunId,
      name: runName(identity),
      endpoints: endpointsOf(context.connections()),
    });
    return;
  }
  const ended = await followRun(context, identity);
  if ('gate' in ended && ended.gate === 'refused') throw new Refused(ended.verdict);
}
