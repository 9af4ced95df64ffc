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
  /** True when lines may be redrawn: a terminal, and neither --json nor --quiet. */
  readonly live: boolean;
  /** Width in characters; 100 where there is no terminal. */
  readonly columns: number;
  readonly colors: Colors;
  /** The stream that live lines are drawn on. */
  readonly screen: Output;
  /** A line of the answer for people; nothing with --json. */
  print(text?: string): void;
  /** A line of progress, on the way to the answer. Goes to stderr with --json; nothing with --quiet. */
  note(text: string): void;
  /** A line beside the answer, to stderr always: what is piped on must not hold it. */
  warn(text: string): void;
  /** Gives notes to who redraws the screen, because a line written in between would spoil the picture. @returns the way back */
  divertNotes(write: (text: string) => void): () => void;
  /** The whole answer for machines; nothing without --json. @throws Error when called twice */
  document(value: unknown): void;
  /** True when `document` has been called. */
  readonly documented: boolean;
  /** Holds what is printed from now on, to be shown page by page; nothing where stdout is no terminal. */
  page(): void;
  /** Shows what was held: by the pager where it is longer than the screen. */
  flush(): Promise<void>;
}

export interface TerminalOptions {
  json: boolean;
  /** No progress: the answer and errors only. @default false */
  quiet?: boolean;
  /** Shows a text page by page; undefined: nothing is ever held. */
  pager?: ((text: string) => Promise<void>) | undefined;
  stdout: Output;
  stderr: Output;
  environment: Readonly<Record<string, string | undefined>>;
}

/** Six steps, and a line for what has to be said. */
const LEAST_ROWS = 8;

export function openTerminal(options: TerminalOptions): Terminal {
  const { json, quiet = false, pager, stdout, stderr, environment } = options;
  // A pseudo-terminal without a size, as containers get it, has no room to redraw in.
  const hasRoom = (stdout.rows ?? 24) >= LEAST_ROWS;
  const live = !json && !quiet && stdout.isTTY === true && hasRoom && environment['TERM'] !== 'dumb';
  const screen = json ? stderr : stdout;
  let documented = false;
  let diverted: ((text: string) => void) | undefined;
  let held: string[] | undefined;
  return {
    json,
    live,
    screen,
    columns: Math.max(40, screen.columns || 100),
    colors: pc.createColors(wantsColors(screen, environment)),
    print(text = '') {
      if (json) return;
      if (held === undefined) stdout.write(`${text}\n`);
      else held.push(text);
    },
    note(text) {
      if (quiet) return;
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
    page() {
      if (pager !== undefined && !json && stdout.isTTY === true) held ??= [];
    },
    async flush() {
      if (held === undefined) return;
      const text = held.map((line) => `${line}\n`).join('');
      held = undefined;
      const rows = text.split('\n').length - 1;
      if (pager !== undefined && rows >= (stdout.rows ?? 24)) await pager(text);
      else stdout.write(text);
    },
  };
}

/** NO_COLOR (https://no-color.org) wins over FORCE_COLOR, which wins over what the stream is. */
function wantsColors(screen: Output, environment: TerminalOptions['environment']): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  if ((environment['FORCE_COLOR'] ?? '0') !== '0') return true;
  return screen.isTTY === true && environment['TERM'] !== 'dumb';
}
