// What every command is given: words out, the environment, the way to the store and to Temporal. Nothing is opened
// before a command asks for it, so that commands work without the parts they don't need.

import type { Store } from '../artifacts/store.ts';
import type { Connections } from '../config/connection.ts';
import type { HomePaths } from '../config/home.ts';
import type { TemporalSession } from './temporal.ts';
import type { Terminal } from './terminal.ts';

export interface CliContext {
  terminal: Terminal;
  environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths of a command count from here. */
  folder: string;
  /** Aborted by Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  /** Files of the home; they need not exist. */
  paths: HomePaths;
  /** Both at once, for what needs both. @throws NoStack, MissingCredentials, InvalidHomeFile */
  connections(): Connections;
  /** Opened once; later calls give the same. Needs no Temporal. @throws NoStack, MissingCredentials, InvalidHomeFile */
  store(): Promise<Store>;
  /** Opened once; later calls give the same. Needs no store. @throws NoStack, InvalidHomeFile, TemporalUnreachable */
  temporal(): Promise<TemporalSession>;
  /** Closes what was opened. */
  close(): Promise<void>;
}
