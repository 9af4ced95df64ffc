// One colour a state, everywhere the same.

import type { Terminal } from '../terminal.ts';
import type { RunState } from './runs.ts';

const COLORS: Record<RunState, 'green' | 'cyan' | 'red' | 'yellow'> = {
  completed: 'green',
  running: 'cyan',
  parked: 'red',
  failed: 'red',
  'timed out': 'red',
  lost: 'red',
  cancelled: 'yellow',
  terminated: 'yellow',
  aborted: 'yellow',
  abandoned: 'yellow',
  unknown: 'yellow',
};

export const paintState = (state: RunState, colors: Terminal['colors']): string => colors[COLORS[state]](state);
