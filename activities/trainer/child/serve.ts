// The child's main thread: says who it is, then answers one command after another.

import { packError } from '../../threads/messages.ts';
import { engineFingerprint } from '../fingerprint.ts';
import type { FromTrainer, ToTrainer } from '../protocol.ts';
import { settingsFromEnvironment } from '../settings.ts';
import type { Command, Commands } from './commands.ts';
import { startWatchdog } from './watchdog.ts';

/** Thrown when the worker asks for a command this child doesn't have: the two run different code. */
export class UnknownCommand extends Error {
  override readonly name = 'UnknownCommand';
  readonly code = 'UnknownCommand';
  readonly retryable = false;
}

/**
 * Serves until the worker goes away.
 * @param entryFile the file this process runs, also the watchdog thread's
 */
export async function serveTrainer(entryFile: string, commands: Commands): Promise<void> {
  startWatchdog(entryFile);
  // The terminal sends Ctrl-C to all processes: the worker decides when this one stops, so that it can still hand over
  // a last checkpoint.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.on('disconnect', () => process.exit(0));

  const say = (message: FromTrainer): void => void process.send?.(message);
  let stopping = new AbortController();
  let last = Promise.resolve();

  const run = async ({ id, command, input }: Extract<ToTrainer, { kind: 'run' }>): Promise<void> => {
    try {
      const found = commands[command] as Command<unknown, unknown> | undefined;
      if (found === undefined) throw new UnknownCommand(`trainer: no command named ${command}`);
      const context = { signal: stopping.signal, emit: (event: unknown) => say({ kind: 'event', id, event }) };
      say({ kind: 'done', id, output: await found(input, context) });
    } catch (error) {
      say({ kind: 'failed', id, error: packError(error) });
    }
  };

  process.on('message', (message: ToTrainer) => {
    if (message.kind === 'stop') {
      stopping.abort(new Error('the worker stopped the trainer'));
      stopping = new AbortController();
    } else {
      last = last.then(() => run(message));
    }
  });
  say({ kind: 'hello', fingerprint: await engineFingerprint(settingsFromEnvironment(process.env)) });
}
