// For proofs only: ends this very process, as SIGKILL does, at the n-th passing of a named point. Every durable act goes
// through the store's port, so a point is a call of it: `before putIfAbsent steps/train 1`, `after put blobs 7`. Nothing is
// wrapped, and nothing costs anything, unless the environment names a point.

import { keyFamily } from '../artifacts/key-family.ts';
import type { Store } from '../artifacts/store.ts';

export const CRASH_POINT_VARIABLE = 'DIGITFLOW_CRASH_POINT';

const OPERATIONS = ['put', 'putIfAbsent', 'replaceIf', 'get', 'head', 'delete'] as const;
type Operation = (typeof OPERATIONS)[number];

export interface CrashPoint {
  /** `after`: the store has answered, and nobody hears it. */
  when: 'before' | 'after';
  operation: Operation;
  /** See `keyFamily`. */
  family: string;
  /** From 1. */
  passing: number;
}

/** Thrown when the environment names a point that can't be. */
export class InvalidCrashPoint extends Error {
  override readonly name = 'InvalidCrashPoint';
  readonly retryable = false;
  constructor(text: string) {
    super(
      `${CRASH_POINT_VARIABLE}: expected "before|after ${OPERATIONS.join('|')} <family> <n>", ` +
        `e.g. "after putIfAbsent steps/train 1", got "${text}"`,
    );
  }
}

/** @throws InvalidCrashPoint */
export function parseCrashPoint(text: string): CrashPoint {
  const [, when, operation, family, passing] = /^(before|after) (\w+) (\S+) ([1-9]\d*)$/.exec(text) ?? [];
  if (when === undefined || !OPERATIONS.includes(operation as Operation)) throw new InvalidCrashPoint(text);
  return {
    when: when as CrashPoint['when'],
    operation: operation as Operation,
    family: family!,
    passing: Number(passing),
  };
}

export function formatCrashPoint({ when, operation, family, passing }: CrashPoint): string {
  return `${when} ${operation} ${family} ${passing}`;
}

/** @param die must not return @default SIGKILL to this process */
export function withCrashPoint(store: Store, text: string | undefined, die: () => void = killSelf): Store {
  if (text === undefined || text === '') return store;
  const point = parseCrashPoint(text);
  let passings = 0;
  const around = async <Answer>(operation: Operation, key: string, call: () => Promise<Answer>): Promise<Answer> => {
    const isHere = operation === point.operation && keyFamily(key) === point.family && ++passings === point.passing;
    if (isHere && point.when === 'before') die();
    const answer = await call();
    if (isHere && point.when === 'after') die();
    return answer;
  };
  return {
    ...store,
    put: (key, bytes) => around('put', key, () => store.put(key, bytes)),
    putIfAbsent: (key, bytes) => around('putIfAbsent', key, () => store.putIfAbsent(key, bytes)),
    replaceIf: (key, bytes, etag) => around('replaceIf', key, () => store.replaceIf(key, bytes, etag)),
    get: (key) => around('get', key, () => store.get(key)),
    head: (key) => around('head', key, () => store.head(key)),
    delete: (key, options) => around('delete', key, () => store.delete(key, options)),
  };
}

function killSelf(): void {
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // the signal comes; nothing more is done until then
}
