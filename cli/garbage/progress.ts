// How far a collection is: a redrawn line on a terminal, nothing elsewhere.

import { createLogUpdate } from 'log-update';
import type { CollectionProgress } from '../../artifacts/garbage.ts';
import { figure, size } from '../format.ts';
import type { Terminal } from '../terminal.ts';

const REDRAW_EVERY_MS = 100;

export function collectionDisplay(terminal: Terminal): {
  update: (progress: CollectionProgress) => void;
  close: () => void;
} {
  const screen = terminal.live ? createLogUpdate(terminal.screen as NodeJS.WriteStream) : undefined;
  let drawnAt = 0;
  return {
    update(progress) {
      if (screen === undefined || performance.now() - drawnAt < REDRAW_EVERY_MS) return;
      drawnAt = performance.now();
      screen(
        progress.phase === 'looking'
          ? `looking: ${figure(progress.objects)} objects`
          : `deleting: ${figure(progress.done)} of ${figure(progress.total)}, ${size(progress.sizeBytes)}`,
      );
    },
    close: () => screen?.clear(),
  };
}
