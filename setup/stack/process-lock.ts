// A lock file that belongs to one process and is worth nothing once that process is gone.
//
// Taking over from a dead holder is the hard part: of two that both see it dead, the slower must not remove the lock
// that the faster just made. So a dead holder is first claimed, by creating `<lock>.claim-<its nonce>`, which only one
// can do; only the claimant replaces the lock; and a lock never comes back to a nonce it had. A claimant that dies on
// the way is claimed in turn.

import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { DamagedHomeFile, DELETE_ADVICE } from './errors.ts';
import { createOnce, readIfThere, removeIfThere, writeWhole } from './files.ts';
import { identify, isAlive, processIdentitySchema } from './process-identity.ts';

const lockHolderSchema = processIdentitySchema.extend({ nonce: z.string().min(1) });
export type LockHolder = z.output<typeof lockHolderSchema>;

export interface ProcessLock {
  holder: LockHolder;
  /** Gives the lock back; nothing happens where it is no longer ours. */
  release(): void;
}

export type LockOutcome = { outcome: 'held'; lock: ProcessLock } | { outcome: 'busy'; holder: LockHolder };

/** Takes the lock for this process unless a living process has it. @throws DamagedHomeFile */
export function tryLock(path: string): LockOutcome {
  const identity = identify(process.pid);
  if (identity === undefined) throw new Error(`expected to find the own process ${process.pid} running, got nothing`);
  const own: LockHolder = { ...identity, nonce: randomUUID() };
  for (;;) {
    if (createOnce(path, JSON.stringify(own))) return { outcome: 'held', lock: lockOf(path, own) };
    const found = readHolder(path);
    if (found === undefined) continue; // released between the two lines above
    const outcome = takeOver(path, found, own);
    if (outcome === 'taken') return { outcome: 'held', lock: lockOf(path, own) };
    if (outcome !== 'changed') return { outcome: 'busy', holder: outcome };
  }
}

/** The living holder of the lock; undefined when it is free or its holder is gone. @throws DamagedHomeFile */
export function livingHolder(path: string): LockHolder | undefined {
  const holder = readHolder(path);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** Whoever the lock names, alive or not. @throws DamagedHomeFile */
export function readHolder(path: string): LockHolder | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return lockHolderSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DamagedHomeFile(path, 'a lock { pid, osStartTime, bootId, nonce }', { cause, advice: DELETE_ADVICE });
  }
}

function takeOver(path: string, found: LockHolder, own: LockHolder): 'taken' | 'changed' | LockHolder {
  let last = found;
  for (;;) {
    if (isAlive(last)) return last;
    const claim = claimOf(path, last);
    if (createOnce(claim, JSON.stringify(own))) break;
    const claimant = readHolder(claim);
    if (claimant === undefined) return 'changed'; // claims go away only after the lock was replaced
    last = claimant;
  }
  if (readHolder(path)?.nonce !== found.nonce) {
    removeIfThere(claimOf(path, last));
    return 'changed';
  }
  writeWhole(path, JSON.stringify(own));
  removeClaims(path);
  return 'taken';
}

function claimOf(path: string, holder: LockHolder): string {
  return `${path}.claim-${holder.nonce}`;
}

/** All claims are on nonces that the lock had before ours, and will never have again. */
function removeClaims(path: string): void {
  const prefix = `${basename(path)}.claim-`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix) && !name.endsWith('.tmp')) removeIfThere(join(dirname(path), name));
  }
}

function lockOf(path: string, holder: LockHolder): ProcessLock {
  return {
    holder,
    release() {
      if (readHolder(path)?.nonce === holder.nonce) removeIfThere(path);
    },
  };
}
