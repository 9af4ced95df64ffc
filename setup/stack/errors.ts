// What can go wrong with a stack, as far as a person or the CLI can act on it.

/** For files that only matter while a stack runs. */
export const DELETE_ADVICE = 'delete it if no stack is running';

/** Thrown when a file of the home can't be read as what it should be, e.g. after a full disk. */
export class DamagedHomeFile extends Error {
  override readonly name = 'DamagedHomeFile';
  readonly path: string;
  constructor(path: string, expected: string, { cause, advice }: { cause?: unknown; advice?: string } = {}) {
    const then = advice === undefined ? '' : `; ${advice}`;
    super(`${path}: expected ${expected}, got a file that cannot be read so${then}`, { cause });
    this.path = path;
  }
}

/** Thrown when a component that this stack must start itself was not handed in. */
export class ComponentMissing extends Error {
  override readonly name = 'ComponentMissing';
  constructor(component: string, connectInstead: string) {
    super(`expected an executable for ${component}, got none; prepare the components, or ${connectInstead}`);
  }
}

/** Thrown when a part's program could not be started at all. */
export class SpawnFailed extends Error {
  override readonly name = 'SpawnFailed';
  constructor(part: string, command: string, options: ErrorOptions) {
    super(`${part}: ${command} could not be started: ${(options.cause as Error | undefined)?.message}`, options);
  }
}

/** Thrown when something did not answer in time. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
  constructor(what: string, timeoutMs: number, options?: ErrorOptions) {
    const last = options?.cause instanceof Error ? `; it last said: ${options.cause.message}` : '';
    super(`expected ${what} within ${Math.round(timeoutMs / 1000)} s, got no such answer${last}`, options);
  }
}

/** Thrown when a part crashed too often to go on with it. */
export class PartFailed extends Error {
  override readonly name = 'PartFailed';
  readonly part: string;
  /** The last lines it wrote. */
  readonly lastLines: readonly string[];
  constructor(details: { part: string; reason: string; lastLines: readonly string[]; logPath: string }) {
    const lines = details.lastLines.length === 0 ? '(it wrote nothing)' : details.lastLines.join('\n  ');
    super(`${details.part} ${details.reason}. Its last lines (${details.logPath}):\n  ${lines}`);
    this.part = details.part;
    this.lastLines = details.lastLines;
  }
}

/** Thrown when the start was interrupted (Ctrl-C, SIGTERM); all that had started has been stopped. */
export class StackInterrupted extends Error {
  override readonly name = 'StackInterrupted';
}

/** Thrown when somebody's own Temporal can't hold what a run writes: its first search attribute would fail it for ever. */
export class MissingSearchAttributes extends Error {
  override readonly name = 'MissingSearchAttributes';
  /** The command that adds them. */
  readonly command: string;
  constructor(details: { address: string; namespace: string; missing: readonly string[]; command: string }) {
    super(
      `expected the search attributes ${details.missing.join(', ')} in namespace ${details.namespace} of the Temporal ` +
        `server at ${details.address}, got none or others. Add them with:\n  ${details.command}\n` +
        'or set DIGITFLOW_SEARCH_ATTRIBUTES=off to go on without them',
    );
    this.command = details.command;
  }
}

/** Thrown when a detached supervisor ended before its stack was ready. */
export class DetachedStartFailed extends Error {
  override readonly name = 'DetachedStartFailed';
  constructor(details: { ended: string; logPath: string; lastLines: readonly string[] }) {
    super(
      `expected a running stack, got a supervisor that ${details.ended}. ` +
        `Its last lines (${details.logPath}):\n  ${details.lastLines.join('\n  ')}`,
    );
  }
}

/** Thrown when two different stores are asked for at once. */
export class ConflictingStores extends Error {
  override readonly name = 'ConflictingStores';
  constructor(endpoint: string) {
    super(`expected one store, got two: --store file and S3_ENDPOINT=${endpoint}; leave one out`);
  }
}
