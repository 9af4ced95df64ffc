// digitflow schedule: runs that begin by themselves.

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { durationMs } from '../garbage/duration.ts';
import { runOptions } from '../runs/run-options.ts';
import { deleteSchedule, runSchedule, setPaused } from '../schedules/control.ts';
import { createSchedule, type CreateOptions } from '../schedules/create.ts';
import { listSchedules, showSchedule } from '../schedules/show.ts';
import { addVerb, several, withoutWord } from '../verb.ts';

const WORDS = ['create', 'list', 'show', 'pause', 'resume', 'run', 'delete'];

export function scheduleVerb(program: Command, context: CliContext): void {
  const group = 'Runs:';
  const schedule = addVerb(program, {
    name: 'schedule',
    group,
    summary: 'makes, lists and changes schedules that start runs',
    details: "Kept in the store: a lost database of Temporal's takes none with it.",
    examples: [
      ['schedule create nightly --cron "0 3 * * *" --timezone Europe/Berlin', 'the default run, every night at three'],
      ['schedule', 'all of them, and when they start runs next'],
      ['schedule run nightly', 'one more run, now'],
    ],
  });
  runOptions(
    addVerb(schedule, {
      name: 'create <name>',
      group,
      summary: 'makes a schedule; what it starts is said as for `train`',
      details:
        'Runs may overlap; steps that two of them need are computed once. What was missed while nothing ran is made up for\n' +
        'within an hour, not later. Local images are packed now, once; addresses and buckets are read by each run.',
      examples: [
        ['schedule create nightly --cron "0 3 * * *" --dataset feedback --dataset builtin', 'learns from corrections'],
        ['schedule create often --every 6h --preset quick --note "smoke test"', 'four times a day'],
        ['schedule create weekly --cron "0 4 * * 1" --dataset s3://digits/scans --paused', 'begins when it is resumed'],
      ],
    })
      .option('--cron <expression>', 'five fields, e.g. "0 3 * * 1-5"; may be repeated', several)
      .option('--every <duration>', 'e.g. 90m, 6h, 2d', durationMs('--every'))
      .option('--timezone <name>', 'of --cron, e.g. Europe/Berlin (default: UTC)')
      .option('--note <text>', 'what it is for')
      .option('--paused', 'starts nothing until it is resumed'),
  ).action((name: string, options: CreateOptions) => createSchedule(context, name, options));
  addVerb(schedule, {
    name: 'list',
    group,
    summary: 'lists schedules (the default)',
    examples: [['schedule list --json', 'for a script']],
  }).action(() => listSchedules(context));
  addVerb(schedule, {
    name: 'show <name>',
    group,
    summary: 'shows one: when, what it starts, what it has started',
    examples: [['schedule show nightly', 'with its next times']],
  }).action((name: string) => showSchedule(context, name));
  for (const [word, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const)
    addVerb(schedule, {
      name: `${word} <name>`,
      group,
      summary: paused ? 'stops starting runs; those that run go on' : 'starts runs again from now on',
      examples: [[`schedule ${word} nightly`, paused ? 'until it is resumed' : 'what was missed stays missed']],
    })
      .option('--note <text>', "why, for Temporal's UI")
      .action((name: string, { note }: { note?: string }) => setPaused(context, name, { paused, note }));
  addVerb(schedule, {
    name: 'run <name>',
    group,
    summary: 'starts a run now, paused or not',
    examples: [['schedule run nightly --json', 'prints the name of the run']],
  }).action((name: string) => runSchedule(context, name));
  addVerb(schedule, {
    name: 'delete <name>',
    group,
    summary: 'deletes a schedule here and in Temporal, after asking; its runs stay',
    examples: [['schedule delete nightly --yes', 'without asking, e.g. in a script']],
  })
    .option('--yes', 'does not ask')
    .action((name: string, options: { yes?: boolean }) => deleteSchedule(context, name, options));
  withoutWord(schedule, WORDS, () => listSchedules(context));
}
