// What a command of the trainer child is. Others add theirs in the child's entry file.

export interface CommandContext {
  /** Aborted when the worker wants the command to end: cancelled, paused, shutting down. */
  signal: AbortSignal;
  /** Sends news to the worker while the command runs. */
  emit: (event: unknown) => void;
}

/** Runs alone: one command at a time. What it throws reaches the worker with name, message and code. */
export type Command<Input, Output> = (input: Input, context: CommandContext) => Promise<Output>;

export type Commands = Record<string, Command<never, unknown>>;
