import type { EngineFingerprint, EngineName } from '../../ml/engine.ts';

/** How a process ended. */
export interface Ending {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** The last lines it wrote to stderr. */
  lastLines: string[];
}

/**
 * Thrown when the trainer child ended without an answer: killed, out of memory, a crash in native code. Another attempt
 * goes on from the last checkpoint.
 */
export class TrainerCrashed extends Error {
  override readonly name = 'TrainerCrashed';
  readonly code = 'TrainerCrashed';
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;

  constructor({ exitCode, signal, lastLines }: Ending) {
    const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
    const said = lastLines.length === 0 ? '' : `\nIts last lines:\n${lastLines.join('\n')}`;
    super(`the trainer ended ${how} before its answer. ${adviceFor(signal, lastLines.join('\n'))}${said}`);
    this.exitCode = exitCode;
    this.signal = signal;
  }
}

/** Where memory is short, by the words of the C++ library, of V8, of TensorFlow, of the system. */
const MEMORY_SHORT =
  /bad_alloc|out of memory|OOM|allocation failed|RESOURCE_?EXHAUSTED|Cannot allocate memory|ENOMEM|memory limit/i;

/**
 * Thrown when the trainer child could say itself that it had too little memory. Another attempt goes on from the last
 * checkpoint, in a new child.
 */
export class TrainerOutOfMemory extends Error {
  override readonly name = 'TrainerOutOfMemory';
  readonly code = 'TrainerOutOfMemory';
  constructor(cause: Error) {
    super(`the trainer expected memory, got none (${cause.message}). Lower batchSize, or free memory.`, {
      cause,
    });
  }
}

/** The error itself, unless it tells of want of memory. */
export function namingMemory(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TrainerCrashed || !MEMORY_SHORT.test(error.message)) return error;
  return new TrainerOutOfMemory(error);
}

function adviceFor(signal: NodeJS.Signals | null, output: string): string {
  if (MEMORY_SHORT.test(output)) {
    return 'Memory was short: lower batchSize, or free memory.';
  }
  if (signal === 'SIGKILL') {
    return 'Something killed it, most likely the system for want of memory: lower batchSize, or free memory.';
  }
  if (signal === 'SIGILL') return 'Its native library uses instructions this CPU has not: run the setup again.';
  if (signal === 'SIGABRT') {
    return 'Its native library gave up, often for want of memory: lower batchSize, or free memory; else run the setup again.';
  }
  if (signal === 'SIGSEGV' || signal === 'SIGBUS') {
    return 'Its native library crashed: if it does so again, run the setup again.';
  }
  return 'Its log tells why.';
}

/**
 * Thrown when the child would compute with another library, CPU or setting than the worker named in the step key. Never
 * worth a retry: restart the worker.
 */
export class FingerprintMismatch extends Error {
  override readonly name = 'FingerprintMismatch';
  readonly code = 'FingerprintMismatch';
  readonly retryable = false;

  constructor(expected: EngineFingerprint, got: EngineFingerprint) {
    super(
      `trainer: expected the engine ${JSON.stringify(expected)}, got ${JSON.stringify(got)}. ` +
        'A library was replaced while the worker ran: restart it.',
    );
  }
}

/** Thrown when this machine has no engine of that name. Never worth a retry before something is set up or changed. */
export class EngineNotSetUp extends Error {
  override readonly name = 'EngineNotSetUp';
  readonly code = 'EngineNotSetUp';
  readonly retryable = false;

  constructor(engine: EngineName, cause: unknown) {
    super(
      `expected the engine ${engine} on this machine, found none. ` +
        (engine === 'wasm'
          ? 'Install the packages again: npm ci.'
          : 'Set it up (npm run setup), or train with the engine wasm: --engine wasm, or train.engine=wasm.'),
      { cause },
    );
  }
}
