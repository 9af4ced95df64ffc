// What Temporal does for an activity: it tries again until an attempt answers, after an error, after a worker is lost, and
// sometimes while the old attempt still runs.

import type { Actor, Machine, World } from './world.ts';

const HEARTBEAT_TIMEOUT_MS = 10_000;
const RETRY_DELAY_MS = 1_000;
const MAX_ATTEMPTS = 40;

export interface Activity<Result> {
  name: string;
  /** Where the n-th attempt runs. */
  machine?(attempt: number): Machine;
  /** One attempt, which may be stopped without the machine's other attempts. */
  attempt(actor: Actor, attempt: number): Promise<Result>;
  /** @default 40 */
  maxAttempts?: number;
  /** Errors that no further attempt mends. @default none */
  isFinal?: (error: unknown) => boolean;
}

/** Every answer that any attempt gave, zombies' included; `error` when it failed for good. */
export interface ActivityOutcome<Result> {
  answers: Result[];
  error?: unknown;
  /** The first answer, as the workflow gets it; never settles when there is none. */
  answered: Promise<Result>;
}

/** Starts the activity; its outcome is complete when the world has come to rest. */
export function startActivity<Result>(world: World, activity: Activity<Result>): ActivityOutcome<Result> {
  let tell: (answer: Result) => void = () => undefined;
  const answered = new Promise<Result>((resolve) => (tell = resolve));
  const outcome: ActivityOutcome<Result> = { answers: [], answered };
  const temporal = world.actor(`Temporal for ${activity.name}`, { mortal: false });
  let lastAttempt = 0;

  function begin(): void {
    const attempt = ++lastAttempt;
    const { maxAttempts = MAX_ATTEMPTS } = activity;
    if (attempt > maxAttempts) {
      outcome.error = new Error(`${activity.name}: no answer after ${maxAttempts} attempts`);
      return;
    }
    const actor = world.actor(`${activity.name}#${attempt}`, {
      machine: activity.machine?.(attempt) ?? world.machine(),
      onStop: () => after(HEARTBEAT_TIMEOUT_MS, attempt),
    });
    activity.attempt(actor, attempt).then(
      (answer) => {
        if (actor.stopped) return;
        outcome.answers.push(answer);
        tell(answer);
      },
      (error: unknown) => {
        if (actor.stopped) return;
        world.history.push(`${actor.name}: failed: ${error instanceof Error ? error.message : String(error)}`);
        if (activity.isFinal?.(error)) outcome.error = error;
        else after((error as { nextRetryDelayMs?: number }).nextRetryDelayMs ?? RETRY_DELAY_MS, attempt);
      },
    );
    // A worker that stands still past its heartbeat timeout is replaced, and then goes on: a zombie.
    if (world.faultsLeft() > 0 && world.random.chance(0.1)) after(HEARTBEAT_TIMEOUT_MS, attempt);
  }

  function after(delayMs: number, attempt: number): void {
    void temporal.clock.sleep(delayMs).then(() => {
      if (attempt === lastAttempt && outcome.answers.length === 0 && outcome.error === undefined) begin();
    });
  }

  begin();
  return outcome;
}
