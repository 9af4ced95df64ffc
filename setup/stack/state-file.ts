// stack.json: what the supervisor knows of its parts, for status, for others that attach, and for the clean-up after
// a supervisor that was killed. Written at every change, before anything else is done with a new process.

import { z } from 'zod';
import { DamagedHomeFile, DELETE_ADVICE } from './errors.ts';
import { readIfThere, removeIfThere, writeWhole } from './files.ts';
import { processIdentitySchema } from './process-identity.ts';

export const partViewSchema = z.object({
  name: z.string(),
  /** `connected`: somebody else's server, which this stack only uses. */
  state: z.enum(['starting', 'ready', 'restarting', 'failed', 'stopped', 'connected']),
  process: processIdentitySchema.optional(),
  url: z.string().optional(),
  /** ISO 8601. */
  readyAt: z.string().optional(),
  restarts: z.int().min(0).default(0),
  /** Why it ended last. */
  reason: z.string().optional(),
  logPath: z.string().optional(),
  /** What a worker said of itself when it was ready, e.g. the identity of its code. */
  details: z.record(z.string(), z.unknown()).optional(),
});
export type PartView = z.output<typeof partViewSchema>;

export const stackStateSchema = z.object({
  schemaVersion: z.literal(1),
  /** The lock's nonce: tells a state from that of an earlier supervisor. */
  nonce: z.string(),
  state: z.enum(['starting', 'ready', 'stopping']),
  startedAt: z.string(),
  parts: z.array(partViewSchema),
});
export type StackState = z.output<typeof stackStateSchema>;

export interface StateFile {
  setState(state: StackState['state']): void;
  setPart(part: PartView): void;
  remove(): void;
}

export function openStateFile(path: string, nonce: string, startedAt: Date): StateFile {
  const parts = new Map<string, PartView>();
  let state: StackState['state'] = 'starting';
  const write = (): void => {
    const content: StackState = {
      schemaVersion: 1,
      nonce,
      state,
      startedAt: startedAt.toISOString(),
      parts: [...parts.values()],
    };
    writeWhole(path, JSON.stringify(content, null, 2));
  };
  write();
  return {
    setState(next) {
      state = next;
      write();
    },
    setPart(part) {
      parts.set(part.name, part);
      write();
    },
    remove: () => removeIfThere(path),
  };
}

/** What the last supervisor wrote; undefined when it stopped in order or there was none. @throws DamagedHomeFile */
export function readStackState(path: string): StackState | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return stackStateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DamagedHomeFile(path, 'the state of a stack', { cause, advice: DELETE_ADVICE });
  }
}
