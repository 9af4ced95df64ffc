// What setup and the supervisor tell, as lines for people.

import type { SetupEvent } from '../../setup/components/index.mjs';
import { describeEvent, severityOf, type StackEvent } from '../../setup/stack.ts';
import type { Terminal } from '../terminal.ts';

/** Events of the stack: one line each, what is wrong in colour. */
export function reportStack(terminal: Terminal): (event: StackEvent) => void {
  const { colors } = terminal;
  const paint = { info: colors.dim, warning: colors.yellow, error: colors.red } as const;
  return (event) => terminal.note(paint[severityOf(event)](describeEvent(event)));
}

/** A component that is at hand says nothing; one that has to be fetched or built says what it does, at most this often. */
const SETUP_EVERY_MS = 5_000;

export function reportSetup(terminal: Terminal): (event: SetupEvent) => void {
  const saidAt = new Map<string, number>();
  const startedAt = performance.now();
  return ({ name, title, state, message }) => {
    const now = performance.now();
    const before = saidAt.get(name);
    if (state === 'working' && now - (before ?? startedAt) < SETUP_EVERY_MS) return;
    if (state === 'ready' && before === undefined) return;
    saidAt.set(name, now);
    terminal.note(state === 'failed' ? terminal.colors.red(`${title}: ${message}`) : `${title}: ${message}`);
  };
}
