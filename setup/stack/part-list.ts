// The parts of a stack in their order: servers before workers when starting, the other way round when stopping.

import { StackInterrupted } from './errors.ts';
import type { Part } from './part.ts';

export interface PartList {
  /** Takes the part in and starts it. @throws PartFailed, StackInterrupted */
  start(part: Part, stopRank: number): Promise<void>;
  /** Stops all, group by group, and takes in no more. Safe to repeat. */
  stop(): Promise<void>;
  /** SIGKILL for all, at once. Synchronous, so that it may run while the process exits. */
  kill: () => void;
}

export function createPartList(): PartList {
  const parts: { part: Part; stopRank: number }[] = [];
  let isStopping = false;
  return {
    async start(part, stopRank) {
      if (isStopping) throw new StackInterrupted(`${part.name} was not started: the stack is stopping`);
      parts.push({ part, stopRank });
      await part.start();
    },
    async stop() {
      isStopping = true;
      const ranks = [...new Set(parts.map(({ stopRank }) => stopRank))].sort((a, b) => a - b);
      for (const rank of ranks) {
        await Promise.all(parts.filter(({ stopRank }) => stopRank === rank).map(({ part }) => part.stop()));
      }
    },
    kill() {
      isStopping = true;
      for (const { part } of parts) part.kill();
    },
  };
}
