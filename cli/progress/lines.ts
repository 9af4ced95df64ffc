// A step as one line of text. Pure: the same view gives the same line.

import type { RunningActivity } from './snapshot.ts';
import type { StepView } from '../../workflows/contract.ts';
import { duration, figure, percent, wholeSeconds } from '../format.ts';
import type { Terminal } from '../terminal.ts';
import type { Gauge } from './meter.ts';

export interface StepLine {
  view: StepView;
  gauge?: Gauge | undefined;
  /** Activities of the step that are not finished. */
  activities: readonly RunningActivity[];
  /** How long the step has been seen running; undefined for who looks only once. */
  runningSeconds?: number | undefined;
}

type Colors = Terminal['colors'];

const BAR_WIDTH = 16;
const MANY = 20;
const SIGNS = { waiting: '·', running: '▶', computed: '✔', reused: '↺', resumed: '✔', failed: '✘' } as const;

export function signOf(state: StepView['state'], colors: Colors): string {
  const paint = { waiting: colors.dim, running: colors.cyan, computed: colors.green, reused: colors.green } as const;
  const own = state === 'resumed' ? colors.green : state === 'failed' ? colors.red : paint[state];
  return own(SIGNS[state]);
}

/** The line without its sign and colours, e.g. `train       ███░░ 1,200/3,000 steps  40 %  41/s  12s left  loss 0.231`. */
export function stepText(line: StepLine, bar: boolean): string {
  const { view } = line;
  const name = view.step.padEnd(10);
  if (view.state === 'waiting') return name.trimEnd();
  if (view.state === 'running') return `${name}  ${runningText(line, bar)}`;
  // A step that was cancelled has no message of its own.
  if (view.state === 'failed') return `${name}  ${view.error ? `failed: ${view.error.split('\n')[0]}` : 'stopped'}`;
  const seconds = view.seconds === undefined ? '' : duration(view.seconds).padStart(7);
  return `${name}  ${view.state.padEnd(8)} ${seconds}  ${summaryText(view.summary)}`.trimEnd();
}

function runningText({ gauge, activities, runningSeconds }: StepLine, bar: boolean): string {
  const parts: string[] = [];
  if (gauge === undefined) {
    const waits = activities.length > 0 && activities.every(({ started }) => !started);
    const since = (runningSeconds ?? 0) < 1 ? '' : ` for ${wholeSeconds(Math.floor(runningSeconds!))}`;
    parts.push(`${waits ? 'waiting for a free worker' : 'running'}${since}`);
  } else {
    const share = gauge.total > 0 ? Math.min(1, gauge.done / gauge.total) : 0;
    if (bar) parts.push(barOf(share));
    parts.push(`${figure(gauge.done)}/${figure(gauge.total)} ${gauge.unit}`, `${Math.floor(share * 100)} %`);
    const { samplesPerSecond, remainingSeconds: _, ...figures } = gauge.figures;
    // Of a handful of things, a rate says nothing.
    const isMany = gauge.total >= MANY;
    if (gauge.etaSeconds !== undefined && isMany && share < 1) parts.push(`${wholeSeconds(gauge.etaSeconds)} left`);
    for (const [key, value] of Object.entries(figures)) parts.push(namedFigure(key, value));
    if (samplesPerSecond !== undefined) parts.push(`${figure(samplesPerSecond)} samples/s`);
    else if (gauge.rate !== undefined && isMany) parts.push(`${figure(gauge.rate)}/s`);
    if (gauge.note !== undefined && gauge.note !== '') parts.push(gauge.note);
  }
  const again = activities.find(({ attempt }) => attempt > 1);
  if (again !== undefined)
    parts.push(`attempt ${again.attempt}${again.lastFailure === undefined ? '' : ` after: ${again.lastFailure}`}`);
  return parts.join('  ');
}

function barOf(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

/** The figures of a finished step, as far as they are small. */
export function summaryText(summary: Record<string, unknown> | undefined): string {
  return Object.entries(summary ?? {})
    .flatMap(([key, value]) =>
      typeof value === 'number'
        ? [namedFigure(key, value)]
        : typeof value === 'string' && !/^[0-9a-f]{64}$/.test(value)
          ? [`${words(key)} ${value}`]
          : [],
    )
    .join(', ');
}

/** Shares are shown in percent where their name says that they are one; `rate` alone is the learning rate. */
function namedFigure(key: string, value: number): string {
  const isShare = /accuracy|ratio|recall|share|.rate$/i.test(key) && value >= 0 && value <= 1;
  return `${words(key)} ${isShare ? percent(value) : figure(value)}`;
}

const words = (camelCase: string): string => camelCase.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Cuts a plain line to a width: a longer one would wrap, and the redrawing above it would count wrong. */
export const fit = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
