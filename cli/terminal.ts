// Where a command's words go. For people: stdout. With --json: stdout gets one document, everything else goes to stderr.

import pc from 'picocolors';

type Colors = ReturnType<typeof pc.createColors>;

/** A stream as the terminal needs it: process.stdout, or a collector in tests. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  rows?: number | undefined;
}

export interface Terminal {
  /** True with --json. */
  readonly json: boolean;
  /** True when lines may be redrawn: a terminal, and no --json. */
  readonly live: boolean;
  /** Width in characters; 100 where there is no terminal. */
  readonly columns: number;
  readonly colors: Colors;
  /** The stream that live lines are drawn on. */
  readonly screen: Output;
  /** A line of the answer for people; nothing with --json. */
  print(text?: string): void;
  /** A line of progress, on the way to the answer. Goes to stderr with --json. */
  note(text: string): void;
  /** A line beside the answer, to stderr always: what is piped on must not hold it. */
  warn(text: string): void;
  /** Gives notes to who redraws the screen, because a line written in between would spoil the picture. @returns the way back */
  divertNotes(write: (text: string) => void): () => void;
  /** The whole answer for machines; nothing without --json. @throws Error when called twice */
  document(value: unknown): void;
  /** True when `document` has been called. */
  readonly documented: boolean;
}

export interface TerminalOptions {
  json: boolean;
  stdout: Output;
  stderr: Output;
  environment: Readonly<Record<string, string | undefined>>;
}

/** Six steps, and a line for what has to be said. */
const LEAST_ROWS = 8;

export function openTerminal({ json, stdout, stderr, environment }: TerminalOptions): Terminal {
  // A pseudo-terminal without a size, as containers get it, has no room to redraw in.
  const hasRoom = (stdout.rows ?? 24) >= LEAST_ROWS;
  const live = !json && stdout.isTTY === true && hasRoom && environment['TERM'] !== 'dumb';
  const screen = json ? stderr : stdout;
  let documented = false;
  let diverted: ((text: string) => void) | undefined;
  return {
    json,
    live,
    screen,
    columns: Math.max(40, screen.columns || 100),
    colors: pc.createColors(wantsColors(screen, environment)),
    print(text = '') {
      if (!json) stdout.write(`${text}\n`);
    },
    note(text) {
      if (diverted === undefined) screen.write(`${text}\n`);
      else diverted(text);
    },
    warn(text) {
      stderr.write(`${text}\n`);
    },
    divertNotes(write) {
      diverted = write;
      return () => (diverted = undefined);
    },
    document(value) {
      if (!json) return;
      if (documented) throw new Error('stdout already holds its one JSON document');
      documented = true;
      // Indented for eyes, one line for programs: a reader of the last line gets the whole document.
      stdout.write(`${stdout.isTTY === true ? JSON.stringify(value, null, 2) : JSON.stringify(value)}\n`);
    },
    get documented() {
      return documented;
    },
  };
}

/** NO_COLOR (https://no-color.org) wins over FORCE_COLOR, which wins over what the stream is. */
function wantsColors(screen: Output, environment: TerminalOptions['environment']): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  if ((environment['FORCE_COLOR'] ?? '0') !== '0') return true;
  return screen.isTTY === true && environment['TERM'] !== 'dumb';
}
