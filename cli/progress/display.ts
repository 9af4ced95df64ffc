// Shows a run while it goes: redrawn lines on a terminal, else a plain line whenever there is news.

import { createLogUpdate } from 'log-update';
import type { StepName, StepView } from '../../workflows/contract.ts';
import type { Terminal } from '../terminal.ts';
import { fit, signOf, type StepLine, stepText } from './lines.ts';
import { createMeter, type Meter } from './meter.ts';
import { belongsTo, type RunSnapshot } from './snapshot.ts';

/** Without a terminal, a running step says how far it is at most this often. */
const PLAIN_EVERY_MS = 5_000;

export interface Display {
  update(snapshot: RunSnapshot): void;
  /** A line of its own, e.g. that the server can't be reached just now. */
  say(text: string): void;
  /** Leaves the last state on the screen and gives the cursor back. Safe to call twice. */
  close(): void;
}

export function createDisplay(terminal: Terminal): Display {
  const toLines = createLines();
  return terminal.live ? liveDisplay(terminal, toLines) : plainDisplay(terminal, toLines);
}

/** Keeps what a single look does not show: meters, and since when a step has been running. */
function createLines(): (snapshot: RunSnapshot) => StepLine[] {
  const meters = new Map<StepName, Meter>();
  const since = new Map<StepName, number>();
  return ({ progress, activities, at }) =>
    progress.steps.map((view) => {
      if (view.state !== 'running') return { view, activities: [], runningSeconds: 0 };
      const own = activities.filter((activity) => belongsTo(activity, view.step));
      const meter = meters.get(view.step) ?? createMeter();
      meters.set(view.step, meter);
      const start = since.get(view.step) ?? at;
      since.set(view.step, start);
      return { view, gauge: meter.read(own, at), activities: own, runningSeconds: (at - start) / 1000 };
    });
}

function liveDisplay(terminal: Terminal, toLines: (snapshot: RunSnapshot) => StepLine[]): Display {
  const screen = createLogUpdate(terminal.screen as NodeJS.WriteStream);
  const restoreNotes = terminal.divertNotes((text) => screen.persist(text));
  let said: string | undefined;
  return {
    update(snapshot) {
      const lines = toLines(snapshot).map((line) => coloured(line, terminal));
      screen(
        [...lines, ...(said === undefined ? [] : [terminal.colors.yellow(fit(said, terminal.columns - 1))])].join('\n'),
      );
      said = undefined;
    },
    say(text) {
      said = text;
    },
    close() {
      restoreNotes();
      screen.done();
    },
  };
}

function coloured(line: StepLine, { colors, columns }: Terminal): string {
  const text = fit(stepText(line, true), columns - 4);
  const { state } = line.view;
  const painted = state === 'waiting' ? colors.dim(text) : state === 'failed' ? colors.red(text) : text;
  return ` ${signOf(state, colors)} ${painted}`;
}

function plainDisplay(terminal: Terminal, toLines: (snapshot: RunSnapshot) => StepLine[]): Display {
  const shown = new Map<StepName, { state: StepView['state']; text: string; at: number }>();
  let lastSaid: string | undefined;
  return {
    update(snapshot) {
      for (const line of toLines(snapshot)) {
        const { step, state } = line.view;
        const before = shown.get(step);
        if (state === 'waiting') continue;
        const text = stepText(line, false);
        const changed = before?.state !== state;
        const news = state === 'running' && text !== before?.text && snapshot.at - (before?.at ?? 0) >= PLAIN_EVERY_MS;
        if (!changed && !news) continue;
        // The first look at a running step has nothing to tell but that it runs.
        terminal.note(changed && state === 'running' ? `${step.padEnd(10)}  running` : text);
        shown.set(step, { state, text, at: snapshot.at });
      }
      lastSaid = undefined;
    },
    say(text) {
      if (text !== lastSaid) terminal.note(text);
      lastSaid = text;
    },
    close() {},
  };
}
