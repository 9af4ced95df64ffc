// How far the reading of many things is, for people: a redrawn line on a terminal, else a line every few seconds. What is
// done within two seconds says nothing.

import { createLogUpdate } from 'log-update';
import { figure } from '../format.ts';
import type { Terminal } from '../terminal.ts';

const SILENT_MS = 2_000;
const REDRAW_EVERY_MS = 100;
const SAY_EVERY_MS = 5_000;

export interface ReadingDisplay {
  update(read: { done: number; total: number }): void;
  close(): void;
}

/** @param what e.g. `reading scans.tar` */
export function readingDisplay(terminal: Terminal, what: string): ReadingDisplay {
  const screen = terminal.live ? createLogUpdate(terminal.screen as NodeJS.WriteStream) : undefined;
  const everyMs = screen === undefined ? SAY_EVERY_MS : REDRAW_EVERY_MS;
  let next = performance.now() + SILENT_MS;
  return {
    update({ done, total }) {
      if (performance.now() < next) return;
      next = performance.now() + everyMs;
      const text = `${what}: ${figure(done)} of ${figure(total)}, ${Math.floor((100 * done) / Math.max(total, 1))} %`;
      if (screen === undefined) terminal.note(text);
      else screen(text);
    },
    close: () => screen?.clear(),
  };
}
