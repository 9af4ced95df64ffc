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
import { referenceVerb } from './commands/reference.ts';
import { reportVerb } from './commands/report.ts';
import { rerunVerb } from './commands/rerun.ts';
import { runsVerb } from './commands/runs.ts';
import { scheduleVerb } from './commands/schedule.ts';
import { schemaVerb } from './commands/schema.ts';
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
import { pagerCommand } from './pager/run-pager.ts';
import { EXIT_CODES } from './reference/reference.ts';
import { openTracing } from '../setup/tracing/tracing.ts';
import { openTerminal, type Output, type Terminal } from './terminal.ts';
import { descriptionOf } from './verb.ts';

export interface CliProcess {
  stdout: Output;
  stderr: Output;
  environment: Readonly<Record<string, string | undefined>>;
  folder: string;
  signal: AbortSignal;
  /** Shows a text page by page. @returns false when it can't. Without one nothing is paged. */
  pager?: (command: string, text: string) => Promise<boolean>;
}

const FOOTER = `
Examples:
  $ npx digitflow start                  everything: servers, workers, a first model
  $ npx digitflow train --dataset ./my-digits --set train.trainSteps=1500
  $ npx digitflow show latest            what the newest run did
  $ npx digitflow predict photo.png      reads a picture with the champion

Exit codes: ${EXIT_CODES}.
Every verb takes --json: stdout is then one JSON document, everything else goes to stderr; and --quiet: no progress.
Long answers are shown by $PAGER (less -FRX) on a terminal; --no-pager prints them. NO_COLOR and FORCE_COLOR are heard.`;

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
  referenceVerb,
  schemaVerb,
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
  program.hook('preAction', (_, verb) => {
    if (descriptionOf(verb)?.isLong === true && verb.opts()['pager'] !== false) context.terminal.page();
  });
  return program;
}

/** Runs one command line. Never throws: what went wrong is printed, and the exit code tells its kind. */
export async function runCli(words: readonly string[], io: CliProcess): Promise<ExitCode> {
  const { pager: _, ...streams } = io;
  const terminal = openTerminal({
    ...streams,
    json: says(words, '--json'),
    quiet: says(words, '--quiet'),
    pager: pagerOf(io),
  });
  const { environment, folder, signal } = io;
  const tracing = await openTracing({
    service: 'digitflow-cli',
    version: packageJson.version,
    environment,
    warn: (message) => io.stderr.write(`${message}\n`),
  });
  const context = openContext({ terminal, environment, folder, signal, tracing });
  const program = createProgram(context, io);
  const act = () => program.parseAsync([...words], { from: 'user' });
  try {
    await (tracing === undefined ? act() : tracing.span(spanNameOf(words, program), {}, act));
    await terminal.flush();
    return EXIT.done;
  } catch (error) {
    await terminal.flush(); // what was said before it failed
    return failure(error, terminal, io);
  } finally {
    await context.close();
    await tracing?.close();
  }
}

/** The verb alone: what else was typed may name anything. */
function spanNameOf([verb = '']: readonly string[], program: Command): string {
  return program.commands.some((command) => command.name() === verb) ? `digitflow ${verb}` : 'digitflow';
}

/** Asked before the words are parsed, because an error of parsing has to be a document, too. */
function says(words: readonly string[], option: string): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).includes(option);
}

function pagerOf({ pager, environment, stdout }: CliProcess): ((text: string) => Promise<void>) | undefined {
  const command = pagerCommand(environment);
  if (pager === undefined || command === undefined) return undefined;
  return async (text) => {
    if (!(await pager(command, text))) stdout.write(text);
  };
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
