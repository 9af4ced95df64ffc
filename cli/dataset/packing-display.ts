// How far the packing of a dataset is: a redrawn line on a terminal, else one line at the end.

import { createLogUpdate } from 'log-update';
import { size } from '../format.ts';
import type { Terminal } from '../terminal.ts';

const REDRAW_EVERY_MS = 100;

export interface PackingDisplay {
  update(packed: { done: number; total: number }): void;
  close(): void;
}

export function packingDisplay(terminal: Terminal, name: string): PackingDisplay {
  const screen = terminal.live ? createLogUpdate(terminal.screen as NodeJS.WriteStream) : undefined;
  let drawnAt = 0;
  let last: { done: number; total: number } | undefined;
  const text = ({ done, total }: { done: number; total: number }): string =>
    `packing ${name}: ${size(done)} of ${size(total)}, ${Math.floor((100 * done) / Math.max(total, 1))} %`;
  return {
    update(packed) {
      last = packed;
      if (screen === undefined || performance.now() - drawnAt < REDRAW_EVERY_MS) return;
      drawnAt = performance.now();
      screen(text(packed));
    },
    close() {
      if (last === undefined) return;
      if (screen === undefined) terminal.note(text(last));
      else {
        screen(text(last));
        screen.done();
      }
    },
  };
}
