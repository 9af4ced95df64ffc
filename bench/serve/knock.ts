// Many sockets at once: how long each waits for its greeting or its refusal.

import { setTimeout as delay } from 'node:timers/promises';
import { percentilesOf, type GeneratorOrder, type Percentiles } from './orders.ts';
import { openRawSocket } from './raw-socket.ts';

/** Those that were let in stay this long, so that they hold their places while the others are refused. */
const STAY_MS = 5_000;
/** They come in waves, since opening hundreds in one turn would measure this process alone. */
const AT_ONCE = 16;
const EVERY_MS = 50;

export interface KnockFigures {
  accepted: number;
  refused: Record<number, number>;
  refusedMs: Percentiles;
  acceptedMs: Percentiles;
}

export async function knock({
  port,
  sockets,
  afterMs,
}: Extract<GeneratorOrder, { kind: 'knock' }>): Promise<KnockFigures> {
  await delay(afterMs); // whatever this process compiles is compiled by then
  const refused: Record<number, number> = {};
  const refusedMs: number[] = [];
  const acceptedMs: number[] = [];
  await Promise.all(
    Array.from({ length: sockets }, async (_, index) => {
      await delay(Math.floor(index / AT_ONCE) * EVERY_MS);
      return new Promise<void>((resolve) => {
        const began = performance.now();
        let isIn = false;
        const socket = openRawSocket({
          port,
          onText() {
            if (isIn) return;
            isIn = true;
            acceptedMs.push(performance.now() - began);
            setTimeout(() => socket.end(), STAY_MS);
          },
          onEnd(status) {
            if (!isIn) {
              refused[status] = (refused[status] ?? 0) + 1;
              refusedMs.push(performance.now() - began);
            }
            resolve();
          },
        });
      });
    }),
  );
  return {
    accepted: acceptedMs.length,
    refused,
    refusedMs: percentilesOf(refusedMs),
    acceptedMs: percentilesOf(acceptedMs),
  };
}
