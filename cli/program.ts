// All verbs under one grammar, and the way from their errors to exit codes.

import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { cancelVerb } from './commands/cancel.ts';
import { compareVerb } from './commands/compare.ts';
import { composeVerb } from './commands/compose.ts';
import { completionVerb } from './commands/completion.ts';
import { configVerb } from './commands/config.ts';
import { datasetsVerb } from './commands/datasets.ts';
import { abortVerb, retryVerb, skipVerb } from './commands/decide.ts';
import { feedbackVerb } from './commands/feedback.ts';
import { gcVerb } from './commands/gc.ts';
import { logsVerb } from './commands/logs.ts';
import { modelsVerb } from './commands/models.ts';
import { predictVerb } from './commands/predict.ts';
import { reproduceVerb } from './commands/reproduce.ts';
import { reportVerb } from './commands/report.ts';
import { rerunVerb } from './commands/rerun.ts';
import { runsVerb } from './commands/runs.ts';
import { scheduleVerb } from './commands/schedule.ts';
import { serveVerb } from './commands/serve.ts';
import { sessionsVerb, sessionVerb } from './commands/sessions.ts';
import { showVerb } from './commands/show.ts';
import { startVerb } from './commands/start.ts';
import { doctorVerb, statusVerb } from './commands/status.ts';
import { trainVerb } from './commands/train.ts';
import { watchVerb } from './commands/watch.ts';
import { downVerb, upVerb } from './commands/up.ts';
import { whyVerb } from './commands/why.ts';
import type { CliContext } from './context.ts';
import { errorDocument, EXIT, type ExitCode, exitCodeOf, Interrupted, messageOf, WrongUse } from './errors.ts';
import { openContext } from './open-context.ts';
import { openTerminal, type Output, type Terminal } from './terminal.ts';

export interface CliProcess {
  stdout: Output;
  stderr: Output;
  environment: Readonly<Record<string, string | undefined>>;
  folder: string;
  signal: AbortSignal;
}

const FOOTER = `
Examples:
  $ npx digitflow start                  everything: servers, workers, a first model
  $ npx digitflow train --dataset ./my-digits --set train.trainSteps=1500
  $ npx digitflow show latest            what the newest run did
  $ npx digitflow predict photo.png      reads a picture with the champion

Exit codes: 0 done, 1 failed, 2 wrong use, 3 refused by a gate, 130 interrupted.
Every verb takes --json: stdout is then one JSON document, everything else goes to stderr.`;

const VERBS = [
  startVerb,
  upVerb,
  downVerb,
  statusVerb,
  doctorVerb,
  composeVerb,
  trainVerb,
  runsVerb,
  showVerb,
  whyVerb,
  logsVerb,
  cancelVerb,
  retryVerb,
  skipVerb,
  abortVerb,
  rerunVerb,
  scheduleVerb,
  configVerb,
  reportVerb,
  datasetsVerb,
  modelsVerb,
  compareVerb,
  reproduceVerb,
  predictVerb,
  serveVerb,
  sessionsVerb,
  sessionVerb,
  watchVerb,
  feedbackVerb,
  gcVerb,
  completionVerb,
];

/** Builds the grammar; its actions use `context`. Parsing throws CommanderError instead of ending the process. */
export function createProgram(context: CliContext, output: { stdout: Output; stderr: Output }): Command {
  const program = new Command('digitflow')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.stdout.write(text),
      writeErr: (text) => output.stderr.write(text),
      getOutHelpWidth: () => Math.min(output.stdout.columns ?? 100, 110),
      getErrHelpWidth: () => Math.min(output.stderr.columns ?? 100, 110),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .description('Turns images into a trusted digit reader: durable runs, model versions, predictions.')
    .version(packageJson.version, '-V, --version', 'shows the version')
    .helpOption('-h, --help', 'shows help')
    .helpCommand('help [verb]', 'shows help for a verb')
    .addHelpText('after', FOOTER)
    .showHelpAfterError('See `npx digitflow --help`.');
  for (const verb of VERBS) verb(program, context);
  return program;
}

/** Runs one command line. Never throws: what went wrong is printed, and the exit code tells its kind. */
export async function runCli(words: readonly string[], io: CliProcess): Promise<ExitCode> {
  const terminal = openTerminal({ json: wantsJson(words), ...io });
  const context = openContext({ terminal, environment: io.environment, folder: io.folder, signal: io.signal });
  try {
    await createProgram(context, io).parseAsync([...words], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    return failure(error, terminal, io);
  } finally {
    await context.close();
  }
}

/** Asked before the words are parsed, because an error of parsing has to be a document, too. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).includes('--json');
}

function failure(error: unknown, terminal: Terminal, io: CliProcess): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has printed already: help that was asked for, or what was wrong with the words.
    if (error.exitCode === 0) return EXIT.done;
    if (!terminal.documented) terminal.document(errorDocument(new WrongUse(error.message.replace(/^error: /, ''))));
    return EXIT.wrongUse;
  }
  // After Ctrl-C any error is its consequence.
  const shown: unknown = io.signal.aborted && !(error instanceof Interrupted) ? io.signal.reason : error;
  const exitCode = exitCodeOf(shown);
  if (!terminal.documented) terminal.document(errorDocument(shown));
  const { colors } = terminal;
  io.stderr.write(`${exitCode === EXIT.interrupted ? colors.yellow('■') : colors.red('✘')} ${messageOf(shown)}\n`);
  if (io.environment['DIGITFLOW_DEBUG'] === '1' && error instanceof Error) io.stderr.write(`${error.stack}\n`);
  return exitCode;
}
