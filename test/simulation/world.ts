// A world in which anything may happen between any two requests: a scheduler that picks, by a seed, whose request is acted
// on next, whose answer arrives, which answers are lost, which writes land late, who is stopped for good, and when time
// passes. Equal seeds give equal histories.

import type { Clock } from '../../artifacts/clock.ts';
import { StoreUnavailable } from '../../artifacts/errors.ts';
import { createRandom, type Random } from '../../ml/random.ts';

export interface Faults {
  /** How many faults may happen at all; after them the world is kind, so that every history ends. */
  budget: number;
  /** Chance of a fault at each request and each answer. */
  chance: number;
  /** Requests that draw faults: a quarter of them get one, as long as there are any. @default none */
  draws?: (what: string) => boolean;
}

/** Someone who acts: a process with a clock of its own. It knows nothing of being stopped. */
export interface Actor {
  readonly name: string;
  readonly clock: Clock;
  readonly stopped: boolean;
  /** Runs one request through the scheduler. `act` happens at most once, now, later or never. */
  request<Result>(what: string, act: () => Promise<Result>): Promise<Result>;
}

/** A process: what its actors' clocks have in common. */
export interface Machine {
  /** Ahead of true wall time, in ms. */
  readonly skewMs: number;
  /** What the monotonic clock showed at the beginning. */
  readonly startedMs: number;
}

export interface World {
  readonly random: Random;
  /** The store's clock. */
  readonly clock: Clock;
  /** What happened, a line each: shown when a property fails. */
  readonly history: string[];
  /** Wall clocks of machines disagree by up to half an hour. */
  machine(): Machine;
  actor(name: string, options?: ActorOptions): Actor;
  /** Runs until nobody has anything left to do. @throws when that takes longer than any honest history */
  run(): Promise<void>;
  faultsLeft(): number;
  /** No more faults from now on. */
  beKind(): void;
}

export interface ActorOptions {
  machine?: Machine;
  onStop?: () => void;
  /** @default true */
  mortal?: boolean;
}

interface Pending {
  actor: MutableActor;
  what: string;
  kind: 'request' | 'answer' | 'late write';
  /** Lets it happen. */
  proceed(): void | Promise<void>;
  /** For a request: tells its sender that there was no answer. */
  lose?: () => void;
  sentMs: number;
}

interface Sleeper {
  actor: MutableActor;
  atMs: number;
  wake(): void;
}

interface MutableActor extends Actor {
  stopped: boolean;
  mortal: boolean;
  onStop: () => void;
}

const START_MS = 1_800_000_000_000;
const MAX_TURNS = 50_000;
const TIME_PASSES_CHANCE = 0.05;
/** Most answers arrive before anything else happens; it is the others that make trouble. */
const ANSWERED_AT_ONCE_CHANCE = 0.6;
/** What is late stays on its way while everybody goes on: long enough for others to count on what it will undo. */
const LATE_CHANCE = 0.03;
/** An answer takes no longer than a client waits for it. */
const ANSWER_TAKES_MS = 30_000;
const KIND_ANSWER_TAKES_MS = 4_000;
/** S3 refuses what is dated more than a quarter of an hour off, and a sender's clock may be ahead by as much. */
const REQUEST_LIFE_MS = 30 * 60_000;

export function createWorld(seed: number, faults: Faults): World {
  const random = createRandom(seed);
  const history: string[] = [];
  let pending: Pending[] = [];
  const late: Pending[] = [];
  let sleepers: Sleeper[] = [];
  let timeMs = 0;
  let faultsLeft = faults.budget;

  const createMachine = (): Machine => ({
    skewMs: random.integer(3_600_000) - 1_800_000,
    startedMs: random.integer(1_000_000),
  });

  function createActor(name: string, options: ActorOptions = {}): Actor {
    const { machine = createMachine(), onStop = () => undefined, mortal = true } = options;
    const actor: MutableActor = {
      name,
      mortal,
      onStop,
      stopped: false,
      clock: {
        now: () => START_MS + timeMs + machine.skewMs,
        monotonic: () => timeMs + machine.startedMs,
        sleep: (durationMs, signal) =>
          new Promise((resolve, reject) => {
            if (signal?.aborted) return reject(signal.reason as Error);
            const wake = (): void => {
              signal?.removeEventListener('abort', abort);
              resolve();
            };
            const sleeper: Sleeper = { actor, atMs: timeMs + durationMs, wake };
            const abort = (): void => {
              sleepers = sleepers.filter((each) => each !== sleeper);
              if (!actor.stopped) reject(signal!.reason as Error);
            };
            sleepers.push(sleeper);
            signal?.addEventListener('abort', abort, { once: true });
          }),
      },
      request: (what, act) =>
        new Promise((resolve, reject) => {
          const lost = (): void => reject(new StoreUnavailable({ bucket: 'simulated', operation: what }, 'silence'));
          const answerWith = (deliver: () => void): void => {
            if (random.chance(ANSWERED_AT_ONCE_CHANCE)) return deliver();
            pending.push({ actor, what, kind: 'answer', proceed: deliver, lose: lost, sentMs: timeMs });
          };
          const proceed = async (): Promise<void> => {
            try {
              const result = await act();
              answerWith(() => resolve(result));
            } catch (error) {
              answerWith(() => reject(error));
            }
          };
          pending.push({ actor, what, kind: 'request', proceed, lose: lost, sentMs: timeMs });
        }),
    };
    return actor;
  }

  function stop(actor: MutableActor): void {
    actor.stopped = true;
    pending = pending.filter((each) => each.actor !== actor);
    sleepers = sleepers.filter((each) => each.actor !== actor);
    actor.onStop();
  }

  /** One thing happens to one request or answer. */
  async function turn(chosen: Pending): Promise<void> {
    const say = (what: string): void =>
      void history.push(`${chosen.actor.name}: ${chosen.kind} ${chosen.what}: ${what}`);
    const among = chosen.kind === 'late write' ? late : pending;
    among.splice(among.indexOf(chosen), 1);
    if (chosen.kind !== 'answer' && timeMs - chosen.sentMs > REQUEST_LIFE_MS) {
      say('refused: its signature is too old');
      return chosen.kind === 'request' ? chosen.lose!() : undefined;
    }
    const chance = faults.draws?.(chosen.what) === true ? 0.25 : faults.chance;
    if (chosen.kind === 'late write' || faultsLeft <= 0 || !random.chance(chance)) {
      say('happens');
      return chosen.proceed();
    }
    const fault = random.integer(3);
    if (fault === 0 && chosen.actor.mortal) {
      faultsLeft--;
      say('stopped for good');
      return stop(chosen.actor);
    }
    faultsLeft--;
    if (fault === 1 && chosen.kind === 'request') {
      say('delayed beyond the time limit');
      // The request is still on its way: it will be acted on, and nobody waits for the answer.
      late.push({ ...chosen, kind: 'late write' });
    } else {
      say('lost');
    }
    chosen.lose!();
  }

  /** Hours don't pass while a request is under way, unless everything stands still: a fault like any other. */
  function mayTimePass(): boolean {
    if (pending.length === 0) return true;
    if (!random.chance(TIME_PASSES_CHANCE)) return false;
    const longestMs = firstToWake().atMs - Math.min(...pending.map(({ sentMs }) => sentMs));
    if (longestMs <= (faultsLeft > 0 ? ANSWER_TAKES_MS : KIND_ANSWER_TAKES_MS)) return true;
    const isFault = faultsLeft > 0 && random.chance(faults.chance);
    if (isFault) faultsLeft--;
    return isFault;
  }

  const firstToWake = (): Sleeper => sleepers.reduce((first, each) => (each.atMs < first.atMs ? each : first));

  function letTimePass(): void {
    const next = firstToWake();
    sleepers = sleepers.filter((each) => each !== next);
    timeMs = Math.max(timeMs, next.atMs);
    history.push(`${next.actor.name}: wakes at ${timeMs} ms`);
    next.wake();
  }

  return {
    random,
    clock: { now: () => START_MS + timeMs, monotonic: () => timeMs, sleep: () => new Promise(() => undefined) },
    history,
    machine: createMachine,
    actor: createActor,
    faultsLeft: () => faultsLeft,
    beKind: () => void (faultsLeft = 0),
    async run() {
      // Once a history, everything else in this process has its turn.
      await new Promise((resolve) => setImmediate(resolve));
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 0; // errors by the thousand, of which nobody looks where they were made
      try {
        for (let turns = 0; turns < MAX_TURNS; turns++) {
          await everyoneWaits();
          const isBusy = pending.length > 0 || sleepers.length > 0;
          if (!isBusy && late.length === 0) return;
          if (late.length > 0 && (!isBusy || random.chance(LATE_CHANCE)))
            await turn(late[random.integer(late.length)]!);
          else if (sleepers.length > 0 && mayTimePass()) letTimePass();
          else await turn(pending[random.integer(pending.length)]!);
        }
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
      throw new Error(`no end after ${MAX_TURNS} turns`);
    },
  };
}

/**
 * Returns when all promises that can settle have settled: actors wait for nothing but the scheduler. A tick comes when no
 * promise has anything left to do, and costs a tenth of a turn of the event loop.
 */
function everyoneWaits(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
