// How much HTTP work may wait for the pool at once. Beyond it a request is refused before anything is done for it: a
// queue that grows only makes every answer late.

import { HttpProblem } from './problem.ts';

export interface Admission {
  /** Runs the work, or refuses at once. @throws HttpProblem overloaded */
  run<T>(work: () => Promise<T>): Promise<T>;
  readonly isFull: boolean;
}

export const overloaded = (): HttpProblem =>
  new HttpProblem('overloaded', 'too many requests are being answered: try later');

/** @param most how many requests may be inside at once, at least 1 */
export function createAdmission(most: number): Admission {
  let inFlight = 0;
  return {
    get isFull() {
      return inFlight >= most;
    },
    async run(work) {
      if (inFlight >= most) throw overloaded();
      inFlight++;
      try {
        return await work();
      } finally {
        inFlight--;
      }
    },
  };
}
