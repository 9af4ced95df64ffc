// A question before something that can't be taken back.

import { createInterface } from 'node:readline/promises';
import type { CliContext } from './context.ts';
import { WrongUse } from './errors.ts';

/** Where answers come from: process.stdin, or a stream in tests. */
export type AnswerInput = NodeJS.ReadableStream & { isTTY?: boolean | undefined };

export interface Question {
  /** e.g. `Delete all 12 corrections for good?`. */
  text: string;
  /** Given by --yes. */
  yes: boolean | undefined;
  /** @default process.stdin */
  input?: AnswerInput;
}

/**
 * @returns whether the person said yes; anything but `y` or `yes` is a no
 * @throws WrongUse where nobody can be asked and --yes was not given; the signal's reason on Ctrl-C
 */
export async function confirm(
  { terminal, signal }: Pick<CliContext, 'terminal' | 'signal'>,
  { text, yes, input = process.stdin }: Question,
): Promise<boolean> {
  if (yes === true) return true;
  if (terminal.json || input.isTTY !== true) throw new WrongUse(`${text} Nobody can be asked here: say so with --yes.`);
  terminal.screen.write(`${text} [y/N] `);
  const lines = createInterface({ input });
  try {
    for await (const line of abortable(lines, signal)) return /^\s*y(es)?\s*$/i.test(line);
    return false; // the input ended: no answer is a no
  } finally {
    lines.close();
  }
}

async function* abortable(lines: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined);
  const iterator = lines[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), aborted]);
    if (next.done === true) return;
    yield next.value;
  }
}
