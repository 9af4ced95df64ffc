// The quiet figures beside a reading, taken over the last seconds and shown twice a second: faster nobody can read.

import { signal, type ReadonlySignal } from '@preact/signals';
import { createWindow } from '../session/window.ts';

export interface FigureValues {
  sentPerSecond: number;
  answeredPerSecond: number;
  droppedPerSecond: number;
  /** Medians over the last seconds; undefined when nothing was answered in them. */
  roundTripMs: number | undefined;
  /** From the moment of capture until the answer is shown. */
  ageMs: number | undefined;
  /** 19 of 20 answers were younger. */
  ageP95Ms: number | undefined;
}

export interface Figures {
  values: ReadonlySignal<FigureValues>;
  sent(): void;
  dropped(count: number): void;
  answered(times: { roundTripMs: number; ageMs: number }): void;
}

const SPAN_MS = 3_000;
const SHOW_MS = 500;

export function createFigures(): Figures {
  const [sent, dropped, roundTrips, ages] = Array.from({ length: 4 }, () => createWindow(SPAN_MS));
  const values = signal<FigureValues>(read());

  function read(): FigureValues {
    const nowMs = performance.now();
    return {
      sentPerSecond: sent!.perSecond(nowMs),
      answeredPerSecond: ages!.perSecond(nowMs),
      droppedPerSecond: dropped!.perSecond(nowMs),
      roundTripMs: roundTrips!.quantile(0.5, nowMs),
      ageMs: ages!.quantile(0.5, nowMs),
      ageP95Ms: ages!.quantile(0.95, nowMs),
    };
  }
  setInterval(() => {
    if (document.visibilityState === 'visible') values.value = read();
  }, SHOW_MS);

  return {
    values,
    sent: () => sent!.add(performance.now()),
    dropped(count) {
      for (let one = 0; one < count; one++) dropped!.add(performance.now());
    },
    answered({ roundTripMs, ageMs }) {
      const nowMs = performance.now();
      roundTrips!.add(nowMs, roundTripMs);
      ages!.add(nowMs, ageMs);
    },
  };
}
