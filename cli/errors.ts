// What a command may fail with, and which exit code says so. People see the message; a stack only with DIGITFLOW_DEBUG=1.

import { InvalidInput } from '../config/resolve.ts';

/** What the shell gets to know. */
export const EXIT = { done: 0, failed: 1, wrongUse: 2, refused: 3, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Thrown when a command could not do what it was asked. The message says what to do next where that is known. */
export class CommandFailed extends Error {
  override readonly name: string = 'CommandFailed';
}

/** Thrown when the words of a command make no sense together: an unknown value, two options that exclude each other. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** Thrown when a run id, a version or a file that was named is not there. */
export class NotFound extends CommandFailed {
  override readonly name = 'NotFound';
}

/** Thrown when Temporal's address is known but nothing answers there. */
export class TemporalUnreachable extends CommandFailed {
  override readonly name = 'TemporalUnreachable';
  constructor(address: string, options?: ErrorOptions) {
    super(
      `Temporal does not answer at ${address}. See \`npx digitflow status\`; start the stack with \`npm start\` or \`npx digitflow up\`.`,
      options,
    );
  }
}

/** Thrown when Temporal answers, and does not know who asks. */
export class TemporalRefused extends CommandFailed {
  override readonly name = 'TemporalRefused';
  constructor(address: string, options?: ErrorOptions) {
    super(
      `Temporal at ${address} refuses our key or certificate: see TEMPORAL_API_KEY, TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_NAMESPACE, or the profile.`,
      options,
    );
  }
}

/** Thrown when a gate said no: what was asked for was done, but its result may not be used. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Thrown when a person pressed Ctrl-C or the process was asked to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(message = 'interrupted') {
    super(message);
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof WrongUse || error instanceof InvalidInput) return EXIT.wrongUse;
  if (error instanceof Refused) return EXIT.refused;
  if (error instanceof Interrupted) return EXIT.interrupted;
  return EXIT.failed;
}

/** The document that `--json` prints instead of a result. */
export interface ErrorDocument {
  error: { type: string; message: string; exitCode: ExitCode };
}

export function errorDocument(error: unknown): ErrorDocument {
  return { error: { type: typeOf(error), message: messageOf(error), exitCode: exitCodeOf(error) } };
}

/** One text for people, the causes included where they add something. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = [error.message];
  let cause = error.cause;
  for (let depth = 0; depth < 3 && cause instanceof Error; depth += 1, cause = cause.cause)
    if (cause.message !== '' && !parts.some((part) => part.includes((cause as Error).message)))
      parts.push(cause.message);
  return parts.join('\n  because: ');
}

const typeOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error');
