// Shows a text page by page, by the program that the person has chosen for that.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

type Environment = Readonly<Record<string, string | undefined>>;

/** Quits at once where all fits, keeps colours, leaves the text on the screen: as git asks less to. */
const DEFAULT_PAGER = 'less -FRX';

/** What a shell says of a command that isn't there. */
const NOT_FOUND = 127;

/** Undefined where the person wants none: `PAGER` is empty or `cat`. */
export function pagerCommand({ PAGER }: Environment): string | undefined {
  const command = PAGER === undefined ? DEFAULT_PAGER : PAGER.trim();
  return command === '' || command === 'cat' ? undefined : command;
}

/**
 * Waits until the person has read enough. A pager that ends before it has read all is no error.
 * @returns false when there is no such program: the text was not shown
 */
export async function runPager(command: string, text: string, environment: Environment): Promise<boolean> {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: { ...environment } });
  child.stdin.on('error', () => undefined); // it has ended: what is left needs no reader
  child.stdin.end(text);
  const code = await once(child, 'close').then(
    ([code]) => code as number | null,
    () => NOT_FOUND,
  );
  return code !== NOT_FOUND;
}
